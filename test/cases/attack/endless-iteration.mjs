// A service reports total: 1,000,000,000 and returns one persona and then empty pages. The application calls toArray().
// The client reads pages without end. deadlineMs limits each request only.
// An empty page should end a scan, and the iteration is then not complete.
import {
  check,
  createJsonResponse,
  createPersona,
  finish,
  load,
  setTimeLimitSeconds,
  settle,
} from '../lib.mjs';

setTimeLimitSeconds(20);
const { PersonaClient } = await load();
let requests = 0;
const controller = new AbortController();
setTimeout(() => controller.abort(), 3_000);
const client = new PersonaClient({
  fetch: async () => {
    requests++;
    return createJsonResponse({
      personas: requests === 1 ? [createPersona(1)] : [],
      total: 1_000_000_000,
      page: requests,
      per_page: 100,
    });
  },
  dialect: 'subresource',
});
await settle(client.personas.toArray({}, { signal: controller.signal, deadlineMs: 1000 }));
check(
  'toArray ends after some empty pages',
  !controller.signal.aborted,
  `${requests} requests in 3 s, no end`,
  'an end after a few requests',
);
finish();
