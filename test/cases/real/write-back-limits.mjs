// A service of the dialect `attributes` stores personas with an empty or a long name, age 150 or 30.5, latitude 200.
// The user reads one and writes it back: update(id, await get(id)). The client rejects it, with the limits of `subresource`.
// If the dialect is known, the client should apply only the limits of that dialect.
import { check, describeOutcome, finish, load, setTimeLimitSeconds } from '../lib.mjs';
import { startStubPersonaService } from './_service.mjs';

setTimeLimitSeconds(20);
const { PersonaClient } = await load();
const service = await startStubPersonaService();
const client = new PersonaClient({ baseUrl: service.url, retry: false, cache: false });
await client.personas.list();
for (const [scenario, input] of [
  ['an ordinary persona (control)', { name: 'x' }],
  ['an empty name', { name: '' }],
  ['a name of 300 characters', { name: 'n'.repeat(300) }],
  ['age 150', { name: 'x', demographic: { age: 150 } }],
  ['latitude 200', { name: 'x', demographic: { latitude: 200 } }],
  ['age 30.5', { name: 'x', demographic: { age: 30.5 } }],
]) {
  const { id } = service.add(input);
  const outcome = await describeOutcome(client.personas.get(id).then((p) => client.personas.update(id, p)));
  check(`${scenario}: written back after a read`, !/invalid/.test(outcome), outcome, 'a result');
}
finish();
