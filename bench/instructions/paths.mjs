/**
 * Runs a hot path: node paths.mjs <hit | uncached | rejected | construct> <warm-up passes> <counted passes>.
 *
 * Calls `process.resourceUsage` before the counted passes, so that valgrind can discard what it counted until then. Uses no
 * sockets, so that every run does the same work.
 */
import { PersonaClient } from 'persona-client';
import { failingFetch, fetchPersona } from '../support/responses.mjs';

const [path, ...numbers] = process.argv.slice(2);
const [warmUpPasses, countedPasses] = numbers.map(Number);
const auth = { token: 'a-token-of-the-benchmark' };

// Under valgrind, a run takes minutes. No entry may expire, and the open circuit must not become half-open.
const reader = new PersonaClient({ auth, fetch: fetchPersona, cache: { ttlMs: 86_400_000 } });
const rejectedClient = new PersonaClient({
  auth,
  fetch: failingFetch,
  breaker: { failMax: 1, resetTimeoutMs: Number.POSITIVE_INFINITY },
});

const PATHS = {
  hit: () => reader.personas.get(1),
  uncached: (pass) => reader.personas.get(pass + 2),
  rejected: (pass) =>
    rejectedClient.personas.get(pass + 1).catch(({ code }) => {
      if (code !== 'circuit_open') throw new Error('The circuit did not reject a call');
    }),
  construct: () => void new PersonaClient({ auth }),
};

await reader.personas.get(1); // a hit needs an entry
await rejectedClient.personas.get(1).catch(() => {}); // opens the circuit
for (let pass = 0; pass < warmUpPasses; pass++) await PATHS[path](pass);
process.resourceUsage();
for (let pass = warmUpPasses; pass < warmUpPasses + countedPasses; pass++) await PATHS[path](pass);
process.exit();
