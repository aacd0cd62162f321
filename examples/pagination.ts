/**
 * Reads all personas: page by page, and with an iterator that returns each persona once, even if the order changes.
 *
 *   npm run serve                       in one terminal
 *   npx tsx examples/pagination.ts      in another
 *
 * PERSONA_API_URL is the URL of the service, http://localhost:5050 by default.
 */
import { type Persona, PersonaClient, type PersonaPage } from 'persona-client';

using client = PersonaClient.fromEnv();

// Page by page, for example for a list on a screen.
let lastPersona: Persona | undefined;
let page: PersonaPage | undefined = await client.personas.list({ page: 1, perPage: 2 });
console.log(`${page.total} personas on ${page.pages} pages`);
while (page) {
  console.log(`page ${page.page}: ${page.items.map(({ name }) => name).join(', ')}`);
  lastPersona = page.items.at(-1);
  page = await page.nextPage();
}

// Every persona once. The list is in order of last update, newest first. After the first page, the update below moves
// the last persona to the front. Simple pagination would then miss that persona, and return another one twice.
const names: string[] = [];
for await (const { name } of client.personas.iterate({ perPage: 2 })) {
  if (names.length === 0 && lastPersona)
    await client.personas.update(lastPersona.id, { name: lastPersona.name });
  names.push(name);
}
console.log(`Iterated: ${names.join(', ')}`);
console.log(`The iterator returned ${names.length} personas, ${new Set(names).size} of them unique`);
