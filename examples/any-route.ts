/**
 * Calls routes by their paths: with a schema, with the cache, and with a path that the client rejects.
 *
 *   npm run serve                    in one terminal
 *   npx tsx examples/any-route.ts    in another
 *
 * PERSONA_API_URL is the URL of the service, http://localhost:5050 by default.
 */
import { PersonaClient, PersonaValidationError } from 'persona-client';
import * as z from 'zod';

using client = PersonaClient.fromEnv();

const summarySchema = z
  .object({ total: z.number(), personas: z.array(z.object({ name: z.string() })) })
  .transform(({ total, personas }) => ({ total, names: personas.map(({ name }) => name) }));
const readSummary = () =>
  client.withMeta.request({
    path: '/personas',
    query: { per_page: 2 },
    schema: summarySchema,
    cacheTags: ['summary'],
  });

const first = await readSummary();
console.log(`${first.data.names.length} of ${first.data.total} names, from ${first.meta.source}`);
console.log(`Again, from ${(await readSummary()).meta.source}`);

const created = await client.request({
  method: 'POST',
  path: '/personas',
  body: { name: 'Any Route' },
  schema: z.object({ id: z.number() }),
  invalidates: ['summary'],
});
try {
  const second = await readSummary();
  console.log(`After a create: ${second.data.names[0]} is first, from ${second.meta.source}`);
} finally {
  await client.request({ method: 'DELETE', path: `/personas/${created.id}` });
}

const error: unknown = await client.request({ path: '/personas/%2e%2e/admin' }).catch((thrown) => thrown);
if (error instanceof PersonaValidationError) console.log(`Rejected: ${error.issues[0]?.message}`);
