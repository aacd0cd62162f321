import { PersonaClient } from 'persona-client';
import { createMany } from 'persona-client/collections';
import { createPooledTransport } from 'persona-client/node';

/** An import that always has calls in the queue of the client, which has 20 requests in flight. */
const IMPORT_CONCURRENCY = 100;

function* endlessPersonas() {
  for (let index = 0; ; index++)
    yield {
      name: `Imported ${index}`,
      demographic: { country: 'US', city: 'San Francisco', age: 20 + (index % 60) },
    };
}

/** Reads one after another beside an import. Each operation gets the number of reads, and returns their p99 in milliseconds. */
export async function open(url) {
  const { fetch } = await createPooledTransport();
  const client = new PersonaClient({
    baseUrl: url,
    auth: { username: 'admin', password: 'bench-password' },
    cache: false,
    fetch,
  });
  const measureReads = async (count, options) => {
    const durations = [];
    for (let id = 1; id <= count; id++) {
      const startedAt = performance.now();
      await client.personas.get(id, options);
      durations.push(performance.now() - startedAt);
    }
    durations.sort((a, b) => a - b);
    return durations[Math.floor(0.99 * (count - 1))];
  };
  const measureBesideImport = async (count, options) => {
    const controller = new AbortController();
    const { signal } = controller;
    const run = createMany(client, endlessPersonas(), { concurrency: IMPORT_CONCURRENCY, signal });
    const { promise: isFull, resolve } = Promise.withResolvers();
    const importing = (async () => {
      for await (const { ok, error } of run) {
        if (!ok) throw error;
        if (run.summary.concurrency === IMPORT_CONCURRENCY) resolve();
      }
    })();
    await Promise.race([isFull, importing]);
    const p99 = await measureReads(count, options);
    controller.abort();
    await importing.catch((error) => {
      if (error.code !== 'aborted') throw error;
    });
    return p99;
  };
  return {
    alone: (count) => measureReads(count),
    interactive: (count) => measureBesideImport(count),
    /** All calls in one queue: the reads wait behind the calls of the import. */
    oneQueue: (count) => measureBesideImport(count, { priority: 'background' }),
  };
}
