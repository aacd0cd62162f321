// A service of the dialect `attributes` drops unknown demographic and top-level fields, because its columns are fixed.
// create({ name, demographic: { shoe: 1 }, tags: ['x'] }) succeeds and loses both. The client also removes `id` and `persona_id` from
// the free-form categories, where they may be the user's own fields.
// The client knows the columns and should reject fields that would be lost. It should send free-form categories unchanged.
import { check, checkEqual, describeOutcome, finish, load, setTimeLimitSeconds } from '../lib.mjs';
import { startStubPersonaService } from './_service.mjs';

setTimeLimitSeconds(20);
const { PersonaClient } = await load();
const service = await startStubPersonaService();
const client = new PersonaClient({ baseUrl: service.url, retry: false });
await client.personas.list();
for (const [scenario, input] of [
  ['an unknown demographic field', { name: 'x', demographic: { shoe: 1 } }],
  ['an unknown top-level field', { name: 'x', tags: ['x'] }],
]) {
  const outcome = await describeOutcome(client.personas.create(input));
  check(`${scenario} is rejected`, /invalid_input/.test(outcome), outcome, 'invalid_input');
}
await client.personas.create({ name: 'own', contextual: { id: 7, persona_id: 9 } });
checkEqual(
  'contextual: { id: 7, persona_id: 9 } arrives at the service',
  [...service.rows.values()].find((r) => r.name === 'own').contextual,
  {
    id: 7,
    persona_id: 9,
  },
);
finish();
