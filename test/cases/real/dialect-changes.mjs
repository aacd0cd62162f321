// A service at one address is upgraded from `subresource` to `attributes`, or rolled back, while a client runs.
// All category calls of that client fail with route_not_found until a restart. fieldConfig keeps the built-in fields.
// If a route is missing in a detected dialect, the client should detect the dialect again and repeat the call.
import { check, describeOutcome, finish, load, setTimeLimitSeconds } from '../lib.mjs';
import { startStubPersonaService } from './_service.mjs';

setTimeLimitSeconds(20);
const { PersonaClient } = await load();
for (const [from, to] of [
  ['subresource', 'attributes'],
  ['attributes', 'subresource'],
]) {
  const [oldService, newService] = [
    await startStubPersonaService({ dialect: from }),
    await startStubPersonaService({ dialect: to }),
  ];
  oldService.add({ name: 'x' });
  newService.add({ name: 'x' });
  let target = oldService;
  const client = new PersonaClient({
    baseUrl: oldService.url,
    cache: false,
    retry: false,
    breaker: false,
    fetch: (url, init) => fetch(String(url).replace(oldService.url, target.url), init),
  });
  await client.personas.list();
  await client.psychographic.get(1);
  target = newService;
  for (const [scenario, call] of [
    ['psychographic.get', () => client.psychographic.get(1)],
    ['contextual.update', () => client.contextual.update(1, { season: 'summer' })],
    ['demographic.update', () => client.demographic.update(1, { city: 'Oslo' })],
  ]) {
    const outcome = await describeOutcome(call());
    check(`${from} -> ${to}: ${scenario}`, /result/.test(outcome), outcome, 'a result');
  }
}
finish();
