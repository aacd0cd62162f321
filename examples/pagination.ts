/**
 * All personas: page by page, and by a walk that sees each one once although rows shift meanwhile.
 *
 *   npm run serve                       in one shell
 *   npx tsx examples/pagination.ts      in another
 *
 * PERSONA_API_URL points it at another service; default http://localhost:5050.
 */
import { type Persona, PersonaClient, type PersonaPage } from 'persona-client';

using client = PersonaClient.fromEnv();

// A page at a time, as a list on a screen needs it.
let last: Persona | undefined;
let page: PersonaPage | undefined = await client.personas.list({ page: 1, perPage: 2 });
console.log(`${page.total} personas on ${page.pages} pages`);
while (page) {
  console.log(`page ${page.page}: ${page.items.map(({ name }) => name).join(', ')}`);
  last = page.items.at(-1);
  page = await page.nextPage();
}

// Every persona once. The list is ordered by last update: the write below moves its last row to the front while
// the walk is on the first page, where that row would be missed and another met twice.
const seen: string[] = [];
for await (const { name } of client.personas.iterate({ perPage: 2 })) {
  if (seen.length === 0 && last) await client.personas.update(last.id, { name: last.name });
  seen.push(name);
}
console.log(`Walked: ${seen.join(', ')}`);
console.log(`The walk met ${seen.length} personas, ${new Set(seen).size} of them different`);
