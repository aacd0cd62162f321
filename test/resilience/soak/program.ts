import { PersonaClient } from '../../../src/index.js';

/** Calls with one long-lived signal, the last line the heap's growth in bytes a request. Run with `--expose-gc`. */
const requests = Number(process.argv[2]);
const WARM_UP = 20_000;
const AT_A_TIME = 50;

const persona = {
  id: 1,
  name: 'Ada',
  created_at: '2026-11-22T06:29:29',
  updated_at: '2026-11-22T06:29:29',
  demographic: { country: 'GB', age: 36 },
};
let sent = 0;
const fetch = async (_url: unknown, init?: RequestInit): Promise<Response> => {
  sent++;
  if (sent % 20 === 0) return new Response('busy', { status: 503 });
  if (sent % 50 === 0) throw new TypeError('fetch failed', { cause: { code: 'ECONNRESET' } });
  return init?.method === 'DELETE' ? Response.json({ message: 'gone' }) : Response.json(persona);
};
const client = new PersonaClient({
  fetch: fetch as typeof globalThis.fetch,
  dialect: 'subresource',
  retry: { backoffMs: 0 },
  cache: { maxEntries: 100 },
});
const { signal } = new AbortController();

const call = (at: number): Promise<unknown> => {
  if (at % 10 === 0) return client.personas.update(1, { name: 'Ada' }, { signal });
  if (at % 10 === 1) return client.personas.delete((at % 1_000) + 1, { signal });
  const cache = at % 10 < 5 ? false : at % 10 < 8 ? 'reload' : undefined;
  return client.personas.get((at % 1_000) + 1, cache === undefined ? { signal } : { signal, cache });
};

async function send(count: number): Promise<void> {
  const end = sent + count;
  for (let at = 0; sent < end; )
    await Promise.all(Array.from({ length: AT_A_TIME }, () => call(at++).catch(() => {})));
}

async function heap(): Promise<number> {
  for (let round = 0; round < 5; round++) {
    globalThis.gc?.();
    await new Promise(setImmediate);
  }
  return process.memoryUsage().heapUsed;
}

if (globalThis.gc === undefined) throw new Error('run with --expose-gc');
await send(WARM_UP);
const before = await heap();
const first = sent;
await send(requests);
const after = await heap();
client.close();
process.stdout.write(
  `${JSON.stringify({ node: process.version, requests: sent - first, bytesPerRequest: (after - before) / (sent - first) })}\n`,
);
