// Next.js with `export const runtime = 'edge'`, and all middleware of Next 15: setImmediate exists there and throws.
// The client sees `typeof setImmediate === 'function'` and calls it after each request. Every call fails with a raw error without a code.
// The service stores such a create, and nothing says maybeApplied.
// It does not help to read setImmediate when the module loads, as for fake timers, because that function throws. Do without it.
// The names below are those that Next 16 replaces. `next build` and `next start` confirmed that the client uses no other of them.
import {
  check,
  checkEqual,
  createJsonResponse,
  createPersona,
  finish,
  load,
  setTimeLimitSeconds,
  settle,
} from '../lib.mjs';

setTimeLimitSeconds(30);
let sent = 0;
const fetch = async (input, { method = input.method } = {}) => {
  // Node's own fetch needs globals that are removed below.
  sent++;
  return createJsonResponse(
    createPersona(Number(/\d+$/.exec(input.url ?? input)?.[0] ?? 7), { name: 'New' }),
    { status: method === 'POST' ? 201 : 200 },
  );
};
for (const name of [
  'clearImmediate',
  'setImmediate',
  'BroadcastChannel',
  'MessageChannel',
  'MessagePort',
  'MessageEvent',
  'CompressionStream',
  'DecompressionStream',
])
  Object.defineProperty(globalThis, name, {
    configurable: true,
    writable: true,
    value: () => {
      throw new Error(`A Node.js API is used (${name}) which is not supported in the Edge Runtime.`);
    },
  });
const { PersonaClient } = await load();
const client = new PersonaClient({ fetch, dialect: 'subresource', retry: { limit: 0 }, cache: false });
for (const [scenario, call] of [
  ['get', () => client.personas.get(1)],
  ['create', () => client.personas.create({ name: 'New' })],
  ['update', () => client.personas.update(1, { name: 'New' })],
]) {
  const { error } = await settle(call());
  check(
    `personas.${scenario}`,
    !error,
    `a raw ${error?.constructor?.name}: ${error?.message}`,
    'the persona',
  );
}
const { error } = await settle(Promise.all(Array.from({ length: 30 }, (_, i) => client.personas.get(i + 1))));
check('30 reads at the same time', !error, error?.message, '30 personas');
checkEqual(
  'each call sends one request (today a slot is never released, so nothing is sent after 20 calls)',
  sent,
  33,
);
finish();
