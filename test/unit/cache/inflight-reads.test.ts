import { expect, it } from 'vitest';
import { InflightReads, type ReadResult } from '../../../src/cache/inflight-reads.js';
import { WriteFence } from '../../../src/cache/write-fence.js';
import type { AbortSignalLike } from '../../../src/core/abort.js';
import { createCall, deferred } from '../../support/pipeline.js';

const LIMITS = {
  timeoutMs: 10_000,
  deadlineMs: 60_000,
  retry: { limit: 3, backoffMs: 500, maxBackoffMs: 30_000 },
};

it.each(['succeeded', 'failed'])(
  'releases a revalidation that has %s, so close does not abort it',
  async (outcome) => {
    const reads = new InflightReads(new WriteFence(), LIMITS);
    const { call } = createCall();
    const { promise, resolve, reject } = deferred<ReadResult>();
    let signal: AbortSignalLike | undefined;
    reads.revalidate(
      { key: 'GET /personas/1', call, tags: [], versions: undefined, ttl: { ms: 0 } },
      (sent) => {
        signal = sent.signal;
        return promise;
      },
    );
    if (outcome === 'succeeded') resolve({} as ReadResult);
    else reject(new Error('failed'));
    await promise.catch(() => {});
    await new Promise((done) => setImmediate(done));
    reads.close();
    expect(signal?.aborted).toBe(false);
  },
);

it('aborts a revalidation in flight on close', () => {
  const reads = new InflightReads(new WriteFence(), LIMITS);
  const { call } = createCall();
  let signal: AbortSignalLike | undefined;
  reads.revalidate(
    { key: 'GET /personas/1', call, tags: [], versions: undefined, ttl: { ms: 0 } },
    (sent) => {
      signal = sent.signal;
      return new Promise(() => {});
    },
  );
  reads.close();
  expect(signal?.aborted).toBe(true);
});
