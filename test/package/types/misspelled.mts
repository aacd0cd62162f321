// Each statement has one mistake. The compiler must report it, with the name that the caller probably meant.
import { defineAttributes, type OpenAttributes, PersonaClient } from 'persona-client';
import { createMany } from 'persona-client/collections';
import * as z from 'zod';

const client = new PersonaClient();
const strict = new PersonaClient({
  attributes: defineAttributes({ psychographic: z.strictObject({ mood: z.string() }) }),
});
const open = new PersonaClient<OpenAttributes>();
await open.psychographic.update(1, { interest: ['music'] }); // no mistake

await client.personas.create({ name: 'x', demographic: { citty: 'Oslo' } }); // city
await client.psychographic.update(1, { interest: ['music'] }); // interests
await client.behavioral.update(1, { device_usages: {} }); // device_usage
await client.contextual.update(1, { season: 'sumer' }); // summer
await client.personas.update(1, { contextual: { seasn: 'summer' } }); // season
console.log((await client.personas.get(1)).psychographic?.interest); // interests
console.log((await client.behavioral.get(1)).device_usages); // device_usage
await strict.psychographic.update(1, { moood: 'x' }); // mood
console.log((await strict.psychographic.get(1)).moood); // mood
await strict.personas.create({ name: 'x', psychographic: { mood: 'x', lifestile: 'x' } }); // lifestyle
createMany(client, [{ name: 'x', psychographic: { lifestile: 'x' } }]); // lifestyle
createMany(strict, [{ name: 'x', psychographic: { moood: 'x' } }]); // mood
new PersonaClient({ timeoutM: 1 }); // timeoutMs
await client.personas.get(1, { timeoutM: 1 }); // timeoutMs
