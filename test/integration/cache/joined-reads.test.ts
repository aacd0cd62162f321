import {
  type PersonaClient,
  PersonaRateLimitError,
  PersonaServerError,
  PersonaTimeoutError,
  type RequestOptions,
} from 'persona-client';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { expectRejection } from '../../support/failures.js';
import { NO_BACKOFF, startService } from '../../support/service.js';

type Options = Omit<RequestOptions<never>, 'fallback'>;

/** All kinds of cached reads. */
const READS: Record<string, (client: PersonaClient['withMeta'], options?: Options) => Promise<unknown>> = {
  'personas.get': ({ personas }, options) => personas.get(1, options),
  'personas.list': ({ personas }, options) => personas.list({}, options),
  'demographic.get': ({ demographic }, options) => demographic.get(1, options),
  'fieldConfig.get': ({ fieldConfig }, options) => fieldConfig.get(undefined, undefined, options),
};

async function setup(read: (typeof READS)[string], cache = {}) {
  const served = await startService({ dialect: 'attributes', seed: 1 });
  const client = served.connect({ dialect: 'attributes', retry: NO_BACKOFF, cache });
  return {
    ...served,
    client,
    read: async (options?: Options) => {
      const { meta } = (await read(client.withMeta, options)) as { meta: { source: string } };
      return meta.source;
    },
  };
}

afterEach(() => void vi.useRealTimers());

describe.each(Object.entries(READS))('a call that joins the same %s of another call', (_, readOnce) => {
  it('fails at its own timeout, and the other call continues', async () => {
    const { read, service } = await setup(readOnce);
    service.faults.add({ delayMs: 1_000, times: 1 });
    let hasOtherEnded = false;
    const other = read().finally(() => {
      hasOtherEnded = true;
    });
    const error = await expectRejection(PersonaTimeoutError, read({ timeoutMs: 50, retry: false }));
    expect(hasOtherEnded).toBe(false);
    expect(error).toMatchObject({ scope: 'attempt', attempts: 0 });
    expect(error.message).toContain('50 ms');
    expect(await other).toBe('network');
    expect(service.requests).toHaveLength(1);
  });

  it('waits longer while the other call waits in the queue', async () => {
    const { service, connect } = await startService({ dialect: 'attributes', seed: 2 });
    const client = connect({ dialect: 'attributes', concurrency: 1, cache: {} });
    service.faults.add({ delayMs: 500, times: 2 });
    const running = client.personas.get(2);
    const queued = readOnce(client.withMeta);
    await expect(readOnce(client.withMeta, { timeoutMs: 900, retry: false })).resolves.toBeDefined();
    await Promise.all([running, queued]);
    expect(service.requests).toHaveLength(2);
  });

  it('waits as long as its own retries could take', async () => {
    const { read, service } = await setup(readOnce);
    service.faults.add({ delayMs: 300, times: 1 });
    const other = read({ retry: { limit: 5 } });
    expect(await read({ timeoutMs: 200, retry: { limit: 3 } })).toBe('deduplicated');
    await other;
  });

  it('does not wait for a longer backoff than its own', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    const { read, service } = await setup(readOnce);
    service.faults.add({ status: 503, times: 1 });
    const other = read({ retry: { limit: 1, backoffMs: 1_000, maxBackoffMs: 1_000 } });
    await expectRejection(PersonaTimeoutError, read({ timeoutMs: 100, retry: { limit: 1, backoffMs: 10 } }));
    expect(await other).toBe('network');
  });

  it('fails with the error of its last permitted attempt, and the other one continues', async () => {
    const { read, service } = await setup(readOnce);
    service.faults.add({ status: 503, times: 3 });
    const other = read();
    const failing = [{ retry: false as const }, { retry: { ...NO_BACKOFF, limit: 1 } }].map((options) =>
      expectRejection(PersonaServerError, read(options)),
    );
    const errors = await Promise.all(failing);
    expect(errors.map(({ attempts }) => attempts)).toEqual([1, 2]);
    expect(await read({ retry: { ...NO_BACKOFF, limit: 3 } })).toBe('deduplicated');
    expect(await other).toBe('network');
    expect(service.requests).toHaveLength(4);
  });

  it('continues alone if the other one fails without retries', async () => {
    const { read, service } = await setup(readOnce);
    service.faults.add({ status: 503, times: 1 });
    const other = expectRejection(PersonaServerError, read({ retry: false }));
    expect(await read()).toBe('network');
    await other;
  });

  it('is not affected by a shorter TTL of the other one', async () => {
    vi.useFakeTimers({ toFake: ['performance', 'Date'] });
    const { read } = await setup(readOnce);
    expect(await Promise.all([read({ cache: { ttlMs: 1 } }), read()])).toEqual(['network', 'deduplicated']);
    vi.advanceTimersByTime(100);
    expect(await read()).toBe('cache');
    expect(await read({ cache: { ttlMs: 1 } })).toBe('network');
  });

  it('extends the TTL of the response if its own is longer', async () => {
    vi.useFakeTimers({ toFake: ['performance', 'Date'] });
    const { read } = await setup(readOnce, { ttlMs: 1_000, staleIfErrorMs: 0 });
    await Promise.all([read(), read({ cache: { ttlMs: 60_000 } })]);
    vi.advanceTimersByTime(50_000);
    expect(await read({ cache: { ttlMs: 60_000 } })).toBe('cache');
  });
});

describe('a call that joins a read whose call waits for Retry-After', () => {
  const setupRead = () => setup(READS['personas.get'] ?? expect.fail());
  const headers = { 'retry-after': '1' };
  const nextRetry = (client: PersonaClient) => new Promise((resolve) => client.on('retry', resolve));

  it.each([429, 503])(
    'does not count that wait after a %i, nor attempts before it joined',
    async (status) => {
      const { read, service, client } = await setupRead();
      service.faults.add({ status, headers, delayMs: 300, times: 1 });
      const other = read();
      const early = read({ timeoutMs: 300, retry: { limit: 1, backoffMs: 10 } });
      await nextRetry(client);
      const late = read({ timeoutMs: 200, retry: false });
      expect(await Promise.all([early, late])).toEqual(['deduplicated', 'deduplicated']);
      expect(await other).toBe('network');
      expect(service.requests).toHaveLength(2);
    },
  );

  it('counts the time of an attempt after the wait', async () => {
    const { read, service } = await setupRead();
    service.faults.add({ status: 429, headers, times: 1 });
    service.faults.add({ delayMs: 2_000, times: 1 });
    const startedAt = performance.now();
    const other = read();
    await expectRejection(PersonaTimeoutError, read({ timeoutMs: 200, retry: { limit: 1, backoffMs: 10 } }));
    expect(performance.now() - startedAt).toBeLessThan(2_500); // 1 s, and two timeouts
    expect(await other).toBe('network');
  });

  it('fails at once without retries', async () => {
    const { read, service } = await setupRead();
    service.faults.add({ status: 429, headers, times: 1 });
    const startedAt = performance.now();
    const other = read();
    const error = await expectRejection(PersonaRateLimitError, read({ retry: false }));
    expect(performance.now() - startedAt).toBeLessThan(900);
    expect(error).toMatchObject({ attempts: 1, retryAfterMs: 1_000 });
    expect(await other).toBe('network');
  });
});
