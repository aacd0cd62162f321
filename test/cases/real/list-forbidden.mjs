// A user may read persona 7 but may not list personas: the list route responds with 403.
// get(7) succeeds. psychographic.get(7) fails with a permission error, because the client detects the dialect with the list route.
// The persona that it has just read shows the dialect, too. The message does not mention the option `dialect`.
import { check, finish, load, setTimeLimitSeconds, settle } from '../lib.mjs';
import { startStubPersonaService } from './_service.mjs';

setTimeLimitSeconds(20);
const { PersonaClient } = await load();
const service = await startStubPersonaService({
  before: ({ path }) => (path.endsWith('/personas') ? { status: 403, body: { error: 'no' } } : undefined),
});
for (let i = 0; i < 7; i++) service.add({ name: 'x', psychographic: { lifestyle: 'calm' } });
const client = new PersonaClient({ baseUrl: service.url, retry: false, cache: false });
const { error: getError } = await settle(client.personas.get(7));
check('personas.get(7) (control)', getError === undefined, getError?.code, 'a persona');
const { error } = await settle(client.psychographic.get(7));
check('psychographic.get(7)', error === undefined, error?.code, 'a result');
check(
  'otherwise the message names the option `dialect`',
  error === undefined || /`dialect`|option dialect|dialect: '/.test(error.message),
  error?.message,
  '… set dialect',
);
finish();
