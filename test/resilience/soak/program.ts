import { PersonaClient } from '../../../src/index.js';

/**
 * Runs calls with one long-lived signal, then creates views with a token store and a principal. Prints the heap growth per
 * request and per view. Run with `--expose-gc`.
 */
const requestCount = Number(process.argv[2]);
const WARM_UP_REQUESTS = 20_000;
const CONCURRENT_CALLS = 50;

const persona = {
  id: 1,
  name: 'Ada',
  created_at: '2026-11-22T06:29:29',
  updated_at: '2026-11-22T06:29:29',
  demographic: { country: 'GB', age: 36 },
};
let sent = 0;
const fakeFetch = async (_url: unknown, init?: RequestInit): Promise<Response> => {
  sent++;
  if (sent % 20 === 0) return new Response('busy', { status: 503 });
  if (sent % 50 === 0) throw new TypeError('fetch failed', { cause: { code: 'ECONNRESET' } });
  return init?.method === 'DELETE' ? Response.json({ message: 'deleted' }) : Response.json(persona);
};
const client = new PersonaClient({
  fetch: fakeFetch as typeof globalThis.fetch,
  dialect: 'subresource',
  retry: { backoffMs: 0 },
  cache: { maxEntries: 100 },
  tokenStore: new Map(),
});
const { signal } = new AbortController();

const runCall = (index: number): Promise<unknown> => {
  if (index % 10 === 0) return client.personas.update(1, { name: 'Ada' }, { signal });
  if (index % 10 === 1) return client.personas.delete((index % 1_000) + 1, { signal });
  const cache = index % 10 < 5 ? false : index % 10 < 8 ? 'reload' : undefined;
  return client.personas.get((index % 1_000) + 1, cache === undefined ? { signal } : { signal, cache });
};

async function sendAtLeast(count: number): Promise<void> {
  const end = sent + count;
  for (let index = 0; sent < end; )
    await Promise.all(Array.from({ length: CONCURRENT_CALLS }, () => runCall(index++).catch(() => {})));
}

async function measureHeap(): Promise<number> {
  for (let round = 0; round < 5; round++) {
    globalThis.gc?.();
    await new Promise(setImmediate);
  }
  return process.memoryUsage().heapUsed;
}

if (globalThis.gc === undefined) throw new Error('run this program with --expose-gc');
await sendAtLeast(WARM_UP_REQUESTS);
const heapBefore = await measureHeap();
const sentBefore = sent;
await sendAtLeast(requestCount);
const requests = sent - sentBefore;
const bytesPerRequest = ((await measureHeap()) - heapBefore) / requests;

async function createViews(count: number, isClosed: boolean): Promise<void> {
  for (let index = 0; index < count; index++) {
    const principal = `user ${index % 1_000}`;
    const view = client.as({ accessToken: 'access', refreshToken: 'refresh' }, { principal });
    await view.personas.get(1).catch(() => {});
    if (isClosed) view.close();
  }
}

async function measureViews(isClosed: boolean): Promise<number> {
  await createViews(WARM_UP_REQUESTS, isClosed);
  const before = await measureHeap();
  await createViews(requestCount / 2, isClosed);
  return ((await measureHeap()) - before) / (requestCount / 2);
}

const bytesPerClosedView = await measureViews(true);
const bytesPerOpenView = await measureViews(false);
client.close();
process.stdout.write(
  `${JSON.stringify({ node: process.version, requests, bytesPerRequest, bytesPerClosedView, bytesPerOpenView })}\n`,
);
