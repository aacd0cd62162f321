// A service has /attributes and /field-config, but unknown routes respond with {"message":"Not found","status_code":404}.
// If schema.get() or auth.login() is the first call, the client concludes from that 404 that the dialect is `subresource`.
// All later category calls fail with route_not_found, even after a list page that has `pages`. Any other first call works.
// An unknown route says nothing about the dialect. A client should detect a guessed dialect again when a route is missing.
import { check, checkEqual, describeOutcome, finish, load, setTimeLimitSeconds, settle } from '../lib.mjs';
import { startStubPersonaService } from './_service.mjs';

setTimeLimitSeconds(20);
const { PersonaClient } = await load();
const service = await startStubPersonaService({ json404: true });
const { id } = service.add({ name: 'm', psychographic: { interests: ['a'] } });
for (const [first, call] of Object.entries({
  'no call (control)': async () => {},
  'schema.get()': (client) => client.schema.get(),
  'auth.login()': (client) => client.auth.login({ username: 'a', password: 'b' }),
})) {
  const client = new PersonaClient({ baseUrl: service.url, retry: false, cache: false });
  await settle(call(client));
  checkEqual(
    `first ${first}, then psychographic.get`,
    await describeOutcome(client.psychographic.get(id)),
    'a result',
  );
  await settle(client.personas.list());
  check(
    `first ${first}, after a list: demographic.update`,
    /result/.test(await describeOutcome(client.demographic.update(id, { city: 'Oslo' }))),
    await describeOutcome(client.demographic.update(id, { city: 'Oslo' })),
    'a result',
  );
  client.close();
}
finish();
