// A shared cache store returns undefined, null or an object from getMany, or another process stores a value of 50 MB in it.
// Reads fail with a raw TypeError, although the docs call this a cache miss. The large value blocks the process for seconds.
// Anything except an array of strings should be a miss. The client should limit the length of a value before it decodes it.
import {
  check,
  createJsonResponse,
  createPersona,
  finish,
  load,
  setTimeLimitSeconds,
  settle,
  sleep,
} from '../lib.mjs';

setTimeLimitSeconds(50);
const { PersonaClient } = await load();
const createMemoryStore = () => {
  const entries = new Map();
  return {
    entries,
    get: async (key) => entries.get(key),
    set: async (key, value) => void entries.set(key, value),
    delete: async (key) => entries.delete(key),
    getMany: async (keys) => keys.map((key) => entries.get(key)),
  };
};
const createClient = (store) =>
  new PersonaClient({
    fetch: async () => createJsonResponse(createPersona(1)),
    dialect: 'subresource',
    retry: false,
    cache: { store, keySecret: 'x'.repeat(32), storeTimeoutMs: 100 },
  });
for (const [scenario, value] of [
  ['undefined', undefined],
  ['null', null],
  ['an object', {}],
]) {
  const { error } = await settle(
    createClient({ ...createMemoryStore(), getMany: async () => value }).personas.get(1),
  );
  check(
    `getMany returns ${scenario}: the read succeeds`,
    error === undefined,
    `${error?.name}: ${error?.message}`,
    'the persona',
  );
}
const store = createMemoryStore();
await createClient(store).personas.get(1);
await sleep(50);
for (const [key, value] of store.entries) if (value.length > 100) store.entries.set(key, 'A'.repeat(5e7));
const startedAt = performance.now();
await createClient(store).personas.get(1);
const elapsedMs = Math.round(performance.now() - startedAt);
check(
  'a value of 50 MB does not block the process',
  elapsedMs < 1_000,
  `the read took ${elapsedMs} ms (storeTimeoutMs: 100)`,
  'under 1 s',
);
finish();
