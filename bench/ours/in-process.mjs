import { PersonaClient } from 'persona-client';

const CALLS = 4_000;
const WARM_UP = 4_000;
const PER_PAGE = 100;
const stamp = '2026-11-22T06:29:29.793176';
const persona = (id) => ({
  id,
  name: `Persona ${id}`,
  created_at: stamp,
  updated_at: stamp,
  demographic: { id, persona_id: id, language: 'en-US', country: 'US', city: 'San Francisco', age: 34 },
  psychographic: { interests: ['technology', 'travel', 'cooking'], lifestyle: 'active' },
});
const json = (value, status = 200) =>
  new Response(JSON.stringify(value), { status, headers: { 'content-type': 'application/json' } });

/** Answers where it is asked, for what a client costs by itself. */
async function answer(input) {
  const { pathname, searchParams } = new URL(input);
  const id = Number(pathname.split('/').at(-1));
  if (id > 0) return json(persona(id));
  const page = Number(searchParams.get('page'));
  const personas = Array.from({ length: PER_PAGE }, (_, at) => persona((page - 1) * PER_PAGE + at + 1));
  return json({ personas, total: 10_000_000, page, per_page: PER_PAGE });
}

const bare = { auth: { token: 'a-token-of-the-benchmark' }, fetch: answer };

/** Microseconds of CPU for each call. */
async function cost(call) {
  for (let at = 0; at < WARM_UP; at++) await call(at);
  gc();
  const before = process.cpuUsage();
  for (let at = WARM_UP; at < WARM_UP + CALLS; at++) await call(at);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / CALLS;
}

/** Each takes how many there are of something. */
export const open = () => ({
  /** Megabytes of so many cached personas; lists bring them, a hundred at a time. */
  entries: async (count) => {
    const client = new PersonaClient({ ...bare, cache: { maxEntries: 2 * count, maxBytes: 2 ** 40 } });
    gc();
    const before = process.memoryUsage().heapUsed;
    for (let page = 1; page <= count / PER_PAGE; page++)
      await client.personas.list({ page, perPage: PER_PAGE }, { cache: { ttlMs: 3_600_000 } });
    gc();
    const { entries } = client.cache.stats();
    if (entries < count) throw new Error(`only ${entries} of ${count} entries were kept`);
    return (process.memoryUsage().heapUsed - before) / 2 ** 20;
  },
  /** A read, with so many listeners for its events. */
  listeners: async (count) => {
    const client = new PersonaClient(bare);
    let heard = 0;
    for (let at = 0; at < count; at++)
      client.on('response', () => {
        heard++;
      });
    const us = await cost((at) => client.personas.get(at + 1));
    if (heard !== count * (WARM_UP + CALLS)) throw new Error('some listeners were left out');
    return us;
  },
  /** A read, by turns for so many identities, who all have read before. */
  identities: async (count) => {
    const client = new PersonaClient(bare);
    const views = Array.from({ length: count }, (_, at) => client.as({ token: `token-of-${at}` }));
    for (const view of views) await view.personas.get(1);
    return cost((at) => views[at % count].personas.get(at + 2));
  },
  /** A read, after so many attempts in the window by which the circuit is judged. */
  history: async (count) => {
    const breaker = { errorThresholdPercentage: 99, volumeThreshold: 1_000_000, windowMs: 600_000 };
    let failing = false;
    const fetch = async (input) => (failing ? json({ message: 'broken' }, 500) : answer(input));
    const client = new PersonaClient({ ...bare, fetch, breaker, retry: false, cache: false });
    for (let at = 0; at < count; at++) {
      failing = at % 2 === 1;
      await client.personas.get(at + 1).catch(() => {});
    }
    failing = false;
    return cost((at) => client.personas.get(at + 1));
  },
});
