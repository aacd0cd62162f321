import { PersonaClient } from 'persona-client';
import { createPersona, failingFetch, fetchPersona, respondWith } from '../support/responses.mjs';

const CALLS = 4_000;
const WARM_UP = 4_000;
const PER_PAGE = 100;

/** Responds without a socket, to measure only the client. */
async function respond(input) {
  const { pathname, searchParams } = new URL(input);
  if (!pathname.endsWith('/personas')) return fetchPersona(input);
  const page = Number(searchParams.get('page'));
  const personas = Array.from({ length: PER_PAGE }, (_, index) =>
    createPersona((page - 1) * PER_PAGE + index + 1),
  );
  return respondWith({ personas, total: 10_000_000, page, per_page: PER_PAGE });
}

const baseOptions = { auth: { token: 'a-token-of-the-benchmark' }, fetch: respond };

/** Calls to start together. Each call uses another id, so none is deduplicated or cached. */
const CONCURRENT_CALLS = {
  read: ({ personas }, id) => personas.get(id),
  write: ({ personas }, id) => personas.update(id, { name: 'another name' }),
  mix: (client, id) => CONCURRENT_CALLS[id % 2 ? 'read' : 'write'](client, id),
};
const MAX_CONCURRENT = 8_000;

/** Measures the CPU time in microseconds of a call that starts together with `count - 1` others. */
async function measureConcurrent(kind, count) {
  const client = new PersonaClient({ ...baseOptions, dialect: 'subresource' });
  let id = 0;
  const runBatch = () =>
    Promise.all(Array.from({ length: count }, () => CONCURRENT_CALLS[kind](client, ++id)));
  const batches = Math.ceil(MAX_CONCURRENT / count);
  for (let batch = 0; batch < batches; batch++) await runBatch();
  gc();
  const before = process.cpuUsage();
  for (let batch = 0; batch < batches; batch++) await runBatch();
  const { user, system } = process.cpuUsage(before);
  client.close();
  return (user + system) / (batches * count);
}

/** Measures the CPU time per call in microseconds. */
async function measureCpu(call) {
  for (let index = 0; index < WARM_UP; index++) await call(index);
  gc();
  const before = process.cpuUsage();
  for (let index = WARM_UP; index < WARM_UP + CALLS; index++) await call(index);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / CALLS;
}

/** Each operation gets a count. */
export const open = () => ({
  /** Heap in megabytes of cached personas, which lists of 100 fill. */
  entries: async (count) => {
    const client = new PersonaClient({ ...baseOptions, cache: { maxEntries: 2 * count, maxBytes: 2 ** 40 } });
    gc();
    const before = process.memoryUsage().heapUsed;
    for (let page = 1; page <= count / PER_PAGE; page++)
      await client.personas.list({ page, perPage: PER_PAGE }, { cache: { ttlMs: 3_600_000 } });
    gc();
    const { entries } = client.cache.stats();
    if (entries < count) throw new Error(`only ${entries} of ${count} entries are cached`);
    return (process.memoryUsage().heapUsed - before) / 2 ** 20;
  },
  /** A read with event listeners. */
  listeners: async (count) => {
    const client = new PersonaClient(baseOptions);
    let eventCount = 0;
    for (let index = 0; index < count; index++)
      client.on('response', () => {
        eventCount++;
      });
    const us = await measureCpu((index) => client.personas.get(index + 1));
    if (eventCount !== count * (WARM_UP + CALLS)) throw new Error('Some listeners were not called');
    return us;
  },
  /** A read that alternates between identities. */
  identities: async (count) => {
    const client = new PersonaClient(baseOptions);
    const views = Array.from({ length: count }, (_, index) => client.as({ token: `token-of-${index}` }));
    for (const view of views) await view.personas.get(1);
    return measureCpu((index) => views[index % count].personas.get(index + 2));
  },
  /** A read after other attempts in the window of the circuit breaker. */
  history: async (count) => {
    const breaker = { errorThresholdPercentage: 99, volumeThreshold: 1_000_000, windowMs: 600_000 };
    let failing = false;
    const fetch = (input) => (failing ? failingFetch() : respond(input));
    const client = new PersonaClient({ ...baseOptions, fetch, breaker, retry: false, cache: false });
    for (let index = 0; index < count; index++) {
      failing = index % 2 === 1;
      await client.personas.get(index + 1).catch(() => {});
    }
    failing = false;
    return measureCpu((index) => client.personas.get(index + 1));
  },
  /** Reads, writes and both that start together. */
  concurrentReads: (count) => measureConcurrent('read', count),
  concurrentWrites: (count) => measureConcurrent('write', count),
  concurrentMix: (count) => measureConcurrent('mix', count),
  /** Heap in kilobytes of a call that waits together with `count - 1` others, half of them writes. */
  waiting: async (count) => {
    let respondToAll;
    const permission = new Promise((resolve) => {
      respondToAll = resolve;
    });
    const fetch = (input) => permission.then(() => respond(input));
    const client = new PersonaClient({ ...baseOptions, fetch, dialect: 'subresource' });
    gc();
    const before = process.memoryUsage().heapUsed;
    const calls = Array.from({ length: count }, (_, index) => CONCURRENT_CALLS.mix(client, index + 1));
    await new Promise((resolve) => setTimeout(resolve, 0));
    gc();
    const bytes = process.memoryUsage().heapUsed - before;
    respondToAll();
    await Promise.all(calls);
    return bytes / count / 1_024;
  },
});
