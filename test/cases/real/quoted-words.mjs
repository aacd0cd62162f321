// The client repeats the service's messages only where they consist of known words, because they may quote stored data.
// Common messages become useless: "No data provided" becomes "No data ....", and "must be one of: ..." loses the options.
// These fixed sentences contain no stored data and should be known.
import { check, createJsonResponse, finish, load, setTimeLimitSeconds, settle } from '../lib.mjs';

setTimeLimitSeconds(20);
const { PersonaClient } = await load();
for (const [status, sentence] of [
  [400, 'No data provided'],
  [422, 'Only non-refresh tokens are allowed'],
  [422, 'Invalid header padding'],
]) {
  const { error } = await settle(
    new PersonaClient({
      fetch: async () =>
        createJsonResponse(status === 422 ? { msg: sentence } : { error: sentence }, { status }),
      dialect: 'attributes',
      retry: false,
    }).personas.get(1),
  );
  check(
    `${status} "${sentence}" is shown completely`,
    error.message.includes(sentence),
    error.message.replace(/^.*failed with \d+: /, ''),
    sentence,
  );
}
{
  const details = ["Field 'income' must be one of: very low, low, medium"];
  const { error } = await settle(
    new PersonaClient({
      fetch: async () =>
        createJsonResponse({ error: 'Invalid psychographic data', details }, { status: 400 }),
      dialect: 'attributes',
      retry: false,
    }).personas.get(1),
  );
  check(
    'the options in "must be one of: …" are shown',
    error.issues[0].message.includes('very low'),
    error.issues[0].message,
    details[0],
  );
}
finish();
