import type { ClientOptions, PersonaClient, RequestOptions } from 'persona-client';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { startService } from '../../support/service.js';

type Options = Omit<RequestOptions<never>, 'fallback'>;

/** All kinds of cached reads. */
const READS: Record<string, (client: PersonaClient['withMeta'], options?: Options) => Promise<unknown>> = {
  'personas.get': ({ personas }, options) => personas.get(1, options),
  'personas.list': ({ personas }, options) => personas.list({}, options),
  'demographic.get': ({ demographic }, options) => demographic.get(1, options),
  'fieldConfig.get': ({ fieldConfig }, options) => fieldConfig.get(undefined, undefined, options),
};

/** Starts a client that has cached the read. Its entry is stale for callers that pass `STALE`. */
async function setup(read: (typeof READS)[string], options: ClientOptions) {
  const { service, connect } = await startService({ dialect: 'attributes', seed: 1 });
  const cache = { staleWhileRevalidateMs: 60_000 };
  const client = connect({ dialect: 'attributes', breaker: false, cache, ...options });
  await read(client.withMeta);
  service.clearRequests();
  const readSource = async (callOptions?: Options) =>
    ((await read(client.withMeta, callOptions)) as { meta: { source: string } }).meta.source;
  return { service, client, readSource };
}

afterEach(() => void vi.useRealTimers());

/** Collects the status of each response. `undefined` stands for an exchange that failed. */
function collectStatuses(client: PersonaClient) {
  const statuses: (number | undefined)[] = [];
  client.on('response', ({ status }) => statuses.push(status));
  return statuses;
}

const WAIT = { timeout: 10_000 };
const STALE = { cache: { ttlMs: 0 } } as const;

describe.each(Object.entries(READS))('a background revalidation of %s', (_, read) => {
  it.each<[string, Options]>([
    ['timeoutMs', { timeoutMs: 50, retry: false }],
    ['deadlineMs', { deadlineMs: 50 }],
  ])('outlives a short %s of the reader', async (_limit, limits) => {
    const { service, client, readSource } = await setup(read, { retry: { limit: 1, backoffMs: 0 } });
    service.faults.add({ delayMs: 300, status: 503, times: 1 });
    const statuses = collectStatuses(client);
    expect(await readSource({ ...STALE, ...limits })).toBe('stale');
    await vi.waitFor(() => expect(statuses).toEqual([503, 200]), WAIT);
    await vi.waitFor(async () => expect(await readSource({ cache: { ttlMs: 250 } })).toBe('cache'), WAIT);
    expect(service.requests).toHaveLength(2);
  });

  it('makes as many attempts as the client allows, not the reader', async () => {
    const { service, client, readSource } = await setup(read, { retry: { limit: 1, backoffMs: 0 } });
    service.faults.add({ status: 503, times: 2 });
    const statuses = collectStatuses(client);
    expect(await readSource({ ...STALE, retry: { limit: 5, backoffMs: 0 } })).toBe('stale');
    await vi.waitFor(() => expect(statuses).toEqual([503, 503]), WAIT);
    await new Promise(setImmediate);
    expect(await readSource({ ...STALE, retry: false })).toBe('stale'); // starts the next one
    await vi.waitFor(() => expect(statuses).toEqual([503, 503, 200]), WAIT);
  });

  it.each<[string, ClientOptions]>([
    ['timeoutMs', { timeoutMs: 200, retry: false }],
    ['deadlineMs', { deadlineMs: 200 }],
  ])('ends at the %s of the client, however long the reader would wait', async (_limit, options) => {
    const { service, readSource } = await setup(read, options);
    service.faults.add({ stall: true, times: 1 });
    const startedAt = performance.now();
    const longLimits = { timeoutMs: 60_000, deadlineMs: 60_000, retry: { limit: 5 } };
    await vi.waitFor(async () => {
      expect(await readSource({ ...STALE, ...longLimits })).toBe('stale');
      expect(service.requests).toHaveLength(2);
    }, WAIT);
    expect(performance.now() - startedAt).toBeGreaterThan(190);
  });

  it('continues when a caller that joined it leaves', async () => {
    const { service, client, readSource } = await setup(read, { retry: false });
    service.faults.add({ delayMs: 300, times: 1 });
    expect(await readSource(STALE)).toBe('stale');
    const statuses = collectStatuses(client);
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(Date.now() + 120_000); // beyond the window in which the entry may be served
    const joined = readSource({ ...STALE, signal: AbortSignal.timeout(50) }).catch(() => 'aborted');
    expect(await joined).toBe('aborted');
    vi.useRealTimers();
    await vi.waitFor(() => expect(statuses).toEqual([200]), WAIT);
    expect(service.requests).toHaveLength(1);
  });
});
