import { PersonaClient } from 'persona-client';

/** A program that uses a client, closes it, and has nothing else to do. */
const client = new PersonaClient({
  baseUrl: process.argv[2] ?? '',
  breaker: { failMax: 1 },
  cache: false,
  retry: false,
});
await client.personas.list();
await Promise.all([1, 3, 4].map((id) => client.personas.get(id)));
const begun = new Promise((resolve) => client.on('request', resolve));
const stalled = client.personas.get(2).catch(({ code }: { code: string }) => code);
await begun;
await client.personas.get(5, { timeoutMs: 1 }).catch(() => {});
client.close();
process.stdout.write(`${await stalled} closed\n`);
