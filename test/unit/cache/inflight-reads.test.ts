import { expect, it, onTestFinished, vi } from 'vitest';
import { InflightReads } from '../../../src/cache/inflight-reads.js';
import type { PendingRead, ReadResult } from '../../../src/cache/pending-read.js';
import { WriteFence } from '../../../src/cache/write-fence.js';
import type { AbortSignalLike } from '../../../src/core/abort.js';
import { createCall, deferred } from '../../support/pipeline.js';

const LIMITS = {
  timeoutMs: 10_000,
  deadlineMs: 60_000,
  retry: { limit: 3, backoffMs: 500, maxBackoffMs: 30_000 },
};

const createRead = (id = 1): PendingRead => ({
  key: `GET /personas/${id}`,
  call: createCall().call,
  tags: [],
  versions: undefined,
  ttlMs: 0,
});

it.each(['succeeded', 'failed'])(
  'releases a revalidation that has %s, so close does not abort it',
  async (outcome) => {
    const { promise, resolve, reject } = deferred<ReadResult>();
    let signal: AbortSignalLike | undefined;
    const reads = new InflightReads(new WriteFence(), LIMITS, (_read, sent) => {
      signal = sent.signal;
      return promise;
    });
    reads.revalidate(createRead());
    if (outcome === 'succeeded') resolve({} as ReadResult);
    else reject(new Error('failed'));
    await promise.catch(() => {});
    await new Promise((done) => setImmediate(done));
    reads.close();
    expect(signal?.aborted).toBe(false);
  },
);

it('starts no revalidation after a lost one, and tells the caller to send its own read', () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => void vi.useRealTimers());
  let sent = 0;
  const signals: AbortSignalLike[] = [];
  const reads = new InflightReads(new WriteFence(), LIMITS, (_read, { signal }) => {
    sent++;
    signals.push(signal);
    return new Promise(() => {});
  });
  const read = createRead();
  expect([reads.revalidate(read), reads.revalidate(read), sent]).toEqual([true, true, 1]);
  vi.advanceTimersByTime(LIMITS.timeoutMs);
  expect([reads.revalidate(read), sent]).toEqual([false, 1]);
  reads.start(read);
  expect([reads.revalidate(read), sent]).toEqual([true, 2]);
  reads.close();
  expect(signals[0]?.aborted).toBe(false); // the lost read is forgotten
});

it('remembers a lost revalidation after reads of other personas', () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const reads = new InflightReads(new WriteFence(), LIMITS, () => new Promise(() => {}));
  for (let id = 1; id <= 500; id++) reads.revalidate(createRead(id));
  vi.advanceTimersByTime(LIMITS.timeoutMs);
  for (let id = 501; id <= 600; id++) {
    reads.start(createRead(id));
    vi.advanceTimersByTime(100);
  }
  for (let id = 1; id <= 500; id++) {
    expect(reads.revalidate(createRead(id))).toBe(false);
    expect(reads.revalidate(createRead(id))).toBe(true); // asks for a wait only once
  }
});

it('starts a revalidation again after the lost one, or another read of the key, has ended', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  onTestFinished(() => void vi.useRealTimers());
  const responses: ReturnType<typeof deferred<ReadResult>>[] = [];
  const reads = new InflightReads(new WriteFence(), LIMITS, () => {
    const response = deferred<ReadResult>();
    responses.push(response);
    return response.promise;
  });
  reads.revalidate(createRead(1));
  reads.revalidate(createRead(2));
  vi.advanceTimersByTime(LIMITS.timeoutMs);
  reads.start(createRead(1)); // also forgets the lost reads
  for (const { resolve } of responses.slice(1)) resolve({} as ReadResult);
  await new Promise((done) => setImmediate(done));
  expect([reads.revalidate(createRead(1)), reads.revalidate(createRead(2))]).toEqual([true, true]);
});

it('aborts a revalidation in flight on close', () => {
  let signal: AbortSignalLike | undefined;
  const reads = new InflightReads(new WriteFence(), LIMITS, (_read, sent) => {
    signal = sent.signal;
    return new Promise(() => {});
  });
  reads.revalidate(createRead());
  reads.close();
  expect(signal?.aborted).toBe(true);
});
