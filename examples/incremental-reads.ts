/**
 * Keeps a copy of all personas up to date, and reads only what has changed.
 *
 *   npm run serve                          in one terminal
 *   npx tsx examples/incremental-reads.ts  in another
 *
 * PERSONA_API_URL is the URL of the service, http://localhost:5050 by default.
 */
import { type Persona, PersonaClient } from 'persona-client';

using client = PersonaClient.fromEnv({ cache: false });
const copy = new Map<number, Persona>();
let updatedSince: string | undefined; // an application stores it with the copy

async function sync(): Promise<void> {
  const changes = client.personas.iterate({ updatedSince });
  for await (const persona of changes) copy.set(persona.id, persona);
  updatedSince = changes.report.nextUpdatedSince ?? updatedSince;
}

await sync();
console.log(`Copied ${copy.size === (await client.personas.list()).total ? 'all' : 'some'} personas`);
const { id } = await client.personas.create({ name: 'Draft' });
try {
  await client.personas.update(id, { name: 'Renamed' });
  await sync();
  console.log(`The copy has ${copy.get(id)?.name}`);
} finally {
  await client.personas.delete(id);
}
