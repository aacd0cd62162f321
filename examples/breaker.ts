/**
 * What an outage looks like to a caller: failures, an open circuit, a fallback, and the way back.
 *
 *   npm run serve                    in one shell
 *   npx tsx examples/breaker.ts      in another
 *
 * The service stays up. The cable is "pulled" on this side: while it is, the client's `fetch` is sent to a port
 * where nothing listens, so that the failures are real refused connections.
 * PERSONA_API_URL points it at another service; default http://localhost:5050.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { PersonaCircuitOpenError, PersonaClient, PersonaConnectionError } from 'persona-client';

const nowhere = await closedPort();
let pulled = false;

using client = PersonaClient.fromEnv({
  fetch: (input, init) => fetch(pulled ? nowhere : input, init),
  retry: false, // one attempt per call, so that calls and failures are the same number
  cache: false, // the cache would answer in the service's place
  breaker: { failMax: 5, resetTimeoutMs: 1_000 },
});
client.on('circuit', ({ state, failures }) => console.log(`circuit ${state}, ${failures} failures in a row`));

console.log(`Up: ${(await client.personas.list()).total} personas`);

pulled = true;
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
  fallback: ({ code }) => ({ weather: `no idea, ${code}` }),
});
console.log(`With a fallback: ${weather}`);

pulled = false;
await sleep(1_100);
console.log(`Up again: ${(await client.personas.list()).total} personas`);

/** The address of a port that was free a moment ago. */
async function closedPort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}
