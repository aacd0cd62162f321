import { PersonaClient } from 'persona-client';

/** Opens the circuit, closes the client during a call, and exits if nothing keeps the process alive. */
const client = new PersonaClient({
  baseUrl: process.argv[2] ?? '',
  breaker: { failMax: 1 },
  cache: false,
  retry: false,
});
await client.personas.list();
await Promise.all([1, 3, 4].map((id) => client.personas.get(id)));
const requestSent = new Promise((resolve) => client.on('request', resolve));
const stalledCall = client.personas.get(2).catch(({ code }: { code: string }) => code);
await requestSent;
await client.personas.get(5, { timeoutMs: 1 }).catch(() => {});
client.close();
process.stdout.write(`${await stalledCall} closed\n`);
