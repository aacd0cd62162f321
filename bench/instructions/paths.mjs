/**
 * The hot paths, each so many times: node paths.mjs <hit> <uncached> <refused> <construct>. No socket: the answers are made here, so that
 * the same work is done each time.
 */
import { PersonaClient } from 'persona-client';

const [hits = 0, uncached = 0, refused = 0, constructed = 0] = process.argv.slice(2).map(Number);
const stamp = '2026-11-22T06:29:29.793176';
const answer = (id) =>
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
const well = async (input) =>
  new Response(answer(Number(new URL(input).pathname.split('/').at(-1))), { headers });
const down = async () =>
  new Response('{"message":"Service Unavailable","status_code":503}', { status: 503, headers });

const reader = new PersonaClient({ auth, fetch: well });
for (let at = 0; at < hits; at++) await reader.personas.get(1);
for (let id = 2; id < uncached + 2; id++) await reader.personas.get(id);

const isolated = new PersonaClient({ auth, fetch: down, breaker: { failMax: 1 } });
let refusals = -1; // the first one fails, and opens the circuit
for (let id = 1; id <= refused + 1; id++) await isolated.personas.get(id).catch(() => refusals++);
if (refusals !== refused) throw new Error('some calls were not refused');

for (let at = 0; at < constructed; at++) new PersonaClient({ auth });
process.exit();
