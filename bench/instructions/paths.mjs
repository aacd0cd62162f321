/**
 * Runs the hot paths: node paths.mjs <hit> <uncached> <rejected> <construct>. Each argument is a number of passes.
 *
 * Uses no sockets, so that every run does the same work.
 */
import { PersonaClient } from 'persona-client';
import { failingFetch, fetchPersona } from '../support/responses.mjs';

const [hits = 0, uncached = 0, rejected = 0, constructed = 0] = process.argv.slice(2).map(Number);
const auth = { token: 'a-token-of-the-benchmark' };

// Under valgrind, a run takes minutes. No entry may expire, and the open circuit must not become half-open.
const reader = new PersonaClient({ auth, fetch: fetchPersona, cache: { ttlMs: 86_400_000 } });
for (let pass = 0; pass < hits; pass++) await reader.personas.get(1);
for (let id = 2; id < uncached + 2; id++) await reader.personas.get(id);

const rejectedClient = new PersonaClient({
  auth,
  fetch: failingFetch,
  breaker: { failMax: 1, resetTimeoutMs: Number.POSITIVE_INFINITY },
});
let rejections = -1; // the first call opens the circuit
for (let id = 1; id <= rejected + 1; id++) await rejectedClient.personas.get(id).catch(() => rejections++);
if (rejections !== rejected) throw new Error('The circuit did not reject all calls');

for (let pass = 0; pass < constructed; pass++) new PersonaClient({ auth });
process.exit();
