/**
 * Shows an outage: failures, an open circuit, a fallback, and the recovery.
 *
 *   npm run serve                    in one terminal
 *   npx tsx examples/breaker.ts      in another
 *
 * The service keeps running. During the simulated outage, `fetch` sends requests to a port without a server,
 * so every connection fails with ECONNREFUSED.
 * PERSONA_API_URL is the URL of the service, http://localhost:5050 by default.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { PersonaCircuitOpenError, PersonaClient, PersonaConnectionError } from 'persona-client';

const unusedUrl = await findUnusedUrl();
let isDown = false;

using client = PersonaClient.fromEnv({
  fetch: (input, init) => fetch(isDown ? unusedUrl : input, init),
  retry: false, // one attempt per call, so each call counts as one failure
  cache: false, // otherwise the cache would serve the reads
  breaker: { failMax: 5, resetTimeoutMs: 1_000 },
});
client.on('circuit', ({ state, failures }) => console.log(`circuit ${state}, ${failures} failures in a row`));

console.log(`Up: ${(await client.personas.list()).total} personas`);

isDown = true;
for (let call = 1; call <= 6; call++) {
  try {
    await client.personas.list();
  } catch (error) {
    if (error instanceof PersonaConnectionError) console.log(`call ${call}: no connection`);
    else if (error instanceof PersonaCircuitOpenError)
      console.log(`call ${call}: circuit open, nothing sent`);
    else throw error;
  }
}

const { weather } = await client.contextual.get(1, {
  fallback: ({ code }) => ({ weather: `unknown, ${code}` }),
});
console.log(`With a fallback: ${weather}`);

isDown = false;
await sleep(1_100);
console.log(`Up again: ${(await client.personas.list()).total} personas`);

/** Returns the URL of a port on which nothing listens. */
async function findUnusedUrl(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}
