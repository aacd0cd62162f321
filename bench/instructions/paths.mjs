/**
 * Runs the hot paths: node paths.mjs <hit> <uncached> <rejected> <construct>. Each argument is a number of passes.
 *
 * Uses no sockets, so that every run does the same work.
 */
import { PersonaClient } from 'persona-client';

const [hits = 0, uncached = 0, rejected = 0, constructed = 0] = process.argv.slice(2).map(Number);
const stamp = '2026-11-22T06:29:29.793176';
const personaBody = (id) =>
  JSON.stringify({
    id,
    name: `Persona ${id}`,
    created_at: stamp,
    updated_at: stamp,
    demographic: { id, persona_id: id, language: 'en-US', country: 'US', city: 'San Francisco', age: 34 },
    psychographic: { interests: ['technology', 'travel', 'cooking'], lifestyle: 'active' },
    behavioral: null,
    contextual: { season: 'summer', device_type: 'laptop' },
  });
const headers = { 'content-type': 'application/json' };
const auth = { token: 'a-token-of-the-benchmark' };
const succeed = async (input) =>
  new Response(personaBody(Number(new URL(input).pathname.split('/').at(-1))), { headers });
const fail = async () =>
  new Response('{"message":"Service Unavailable","status_code":503}', { status: 503, headers });

// Under valgrind, a run takes minutes. No entry may expire, and the open circuit must not become half-open.
const reader = new PersonaClient({ auth, fetch: succeed, cache: { ttlMs: 86_400_000 } });
for (let pass = 0; pass < hits; pass++) await reader.personas.get(1);
for (let id = 2; id < uncached + 2; id++) await reader.personas.get(id);

const isolated = new PersonaClient({
  auth,
  fetch: fail,
  breaker: { failMax: 1, resetTimeoutMs: Number.POSITIVE_INFINITY },
});
let rejections = -1; // the first call opens the circuit
for (let id = 1; id <= rejected + 1; id++) await isolated.personas.get(id).catch(() => rejections++);
if (rejections !== rejected) throw new Error('The circuit did not reject all calls');

for (let pass = 0; pass < constructed; pass++) new PersonaClient({ auth });
process.exit();
