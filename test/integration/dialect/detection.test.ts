import { PersonaAbortError } from 'persona-client';
import { createPersonaService } from 'persona-client/testing';
import { describe, expect, it } from 'vitest';
import { catchError, expectRejection } from '../../support/failures.js';
import { deferred } from '../../support/pipeline.js';
import { createTestClient, DIALECTS, startService } from '../../support/service.js';

/** A `fetch` that delays its first request until `release`. */
function createDelayedFetch() {
  const started = deferred<void>();
  const released = deferred<void>();
  let count = 0;
  const delayedFetch: typeof globalThis.fetch = async (...args) => {
    if (count++ === 0) {
      started.resolve();
      await released.promise;
    }
    return globalThis.fetch(...args);
  };
  return { fetch: delayedFetch, started: started.promise, release: () => released.resolve() };
}

describe.each(DIALECTS)('dialect detection shared by calls: %s', (dialect) => {
  it('continues if the call that started it aborts', async () => {
    const { connect, requestLines } = await startService({ dialect });
    const { fetch, started, release } = createDelayedFetch();
    const client = connect({ fetch });
    const controller = new AbortController();
    const first = client.psychographic.get(1, { signal: controller.signal });
    const second = client.psychographic.get(2);
    await started;
    controller.abort(new Error('reason'));
    const error = await expectRejection(PersonaAbortError, first);
    expect(error.cause).toEqual(new Error('reason'));
    release();
    expect(await second).toHaveProperty('interests');
    expect(requestLines()).toHaveLength(2);
  });

  it.for([
    ['a longer timeout', { timeoutMs: 20, retry: false }, { retry: false }],
    ['more attempts', { timeoutMs: 20, retry: false }, { timeoutMs: 20 }],
  ] as const)('is repeated for a call with %s', async ([, firstLimits, secondLimits]) => {
    const { fetch: respond } = createPersonaService({ dialect, seed: true });
    let requests = 0;
    const client = createTestClient({
      timeoutMs: 5_000,
      fetch: (url, init) =>
        requests++ === 0 ? new Promise<never>(() => {}) : (respond as typeof globalThis.fetch)(url, init),
    });
    const first = catchError(client.psychographic.get(1, firstLimits));
    const equal = catchError(client.psychographic.get(2, firstLimits));
    const second = client.psychographic.get(3, secondLimits);
    expect(await second).toHaveProperty('interests');
    expect(await first).toMatchObject({ code: 'timeout' });
    expect(await equal).toMatchObject({ code: 'timeout' });
    expect(requests).toBe(3);
  });

  it('aborts when the client is closed', async () => {
    const { connect, requestLines } = await startService({ dialect });
    const { fetch, started, release } = createDelayedFetch();
    const client = connect({ fetch });
    const call = client.psychographic.get(1);
    await started;
    client.close();
    await expectRejection(PersonaAbortError, call);
    release();
    expect(requestLines()).toEqual([]);
  });
});
