/**
 * Create, read, update, list, and delete a persona.
 *
 *   npm run serve                      in one terminal
 *   npx tsx examples/quickstart.ts     in another
 *
 * PERSONA_API_URL is the URL of the service, http://localhost:5050 by default.
 */
import { PersonaClient } from 'persona-client';

using client = PersonaClient.fromEnv();

const created = await client.personas.create({
  name: 'Example User',
  demographic: { country: 'US', city: 'San Francisco', language: 'en-US' },
  psychographic: { interests: ['technology', 'travel', 'cooking'] },
});
console.log(`Created persona with ID: ${created.id}`);

const { interests } = await client.psychographic.update(created.id, {
  interests: ['technology', 'music', 'hiking'],
});
console.log(`Interests: ${interests?.join(', ')}`);

const persona = await client.personas.get(created.id);
console.log(`${persona.name} lives in ${persona.demographic?.city}`);

const page = await client.personas.list({ page: 1, perPage: 20 });
console.log(`Found ${page.items.length} of ${page.total} personas`);

await client.personas.delete(created.id);
console.log('Deleted the persona');
