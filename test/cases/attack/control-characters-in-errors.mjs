// A service of the dialect `attributes` responds to /field-config with a key that contains an escape sequence, a line feed and a secret.
// The error message and issues[].path repeat that key raw: it can color a terminal and forge log lines.
// SECURITY.md says that errors contain no control characters of a response. The event schemaDrift has such names, too.
import { check, createJsonResponse, finish, load, setTimeLimitSeconds, settle, sleep } from '../lib.mjs';

setTimeLimitSeconds(20);
const { PersonaClient } = await load();
const controlCharacter = /[\p{Cc}\u2028\u2029\u202e]/u;
const hasControlCharacter = (v) =>
  JSON.stringify(v, (_, x) => (typeof x === 'string' && controlCharacter.test(x) ? `RAW:${x}` : x)).includes(
    'RAW:',
  );
const client = new PersonaClient({
  fetch: async () => createJsonResponse('{"\\u001b[31mSECRET\\nFORGED":5}'),
  dialect: 'attributes',
  retry: false,
});
const { error } = await settle(client.fieldConfig.get());
check(
  'the message has no control character',
  !controlCharacter.test(error.message),
  error.message.slice(-110),
  'none',
);
check(
  'the message does not repeat names from the response',
  !error.message.includes('SECRET'),
  error.message.slice(-110),
  'no SECRET',
);
check('issues have no control character', !hasControlCharacter(error.issues), error.issues, 'none');
let responses = 0;
const driftClient = new PersonaClient({
  fetch: async () =>
    createJsonResponse(
      responses++
        ? { psychographic: { fields: [{ name: '\u001b[31mnew\nFORGED', type: 'string' }] } }
        : { psychographic: { fields: [] } },
    ),
  dialect: 'attributes',
  retry: false,
  cache: false,
});
const events = [];
driftClient.on('schemaDrift', (e) => events.push(e));
await settle(driftClient.fieldConfig.get());
await settle(driftClient.fieldConfig.get());
await sleep(100);
check('schemaDrift has no control character', !hasControlCharacter(events), events, 'none');
finish();
