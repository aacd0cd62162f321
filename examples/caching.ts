/**
 * Shows where reads get their data: from the service, the cache, or an identical read in flight.
 *
 *   npm run serve                    in one terminal
 *   npx tsx examples/caching.ts      in another
 *
 * PERSONA_API_URL is the URL of the service, http://localhost:5050 by default.
 */
import { PersonaClient } from 'persona-client';

using client = PersonaClient.fromEnv({ cache: { ttlMs: 60_000 } });

const counts = { hit: 0, miss: 0, deduplicated: 0, stale: 0, revalidated: 0 };
client.on('cache', ({ outcome }) => {
  counts[outcome]++;
});

const { id } = await client.personas.create({ name: 'Cached User' });
try {
  const created = await client.withMeta.personas.get(id);
  console.log(`After a create, which returns the persona: ${created.meta.source}`);

  await client.personas.update(id, { name: 'Renamed User' });
  const updated = await client.withMeta.personas.get(id);
  console.log(`After an update, which returns the persona: ${updated.meta.source}, ${updated.data.name}`);

  await client.demographic.update(id, { city: 'Toronto' });
  const first = await client.withMeta.personas.get(id);
  console.log(`After an update of one category: ${first.meta.source}, ${first.data.demographic?.city}`);

  const second = await client.withMeta.personas.get(id);
  console.log(`Second read: ${second.meta.source}`);

  const reloaded = await client.withMeta.personas.get(id, { cache: 'reload' });
  console.log(`With cache: 'reload': ${reloaded.meta.source}`);

  const identical = await Promise.all([1, 2, 3].map(() => client.withMeta.personas.list({ perPage: 5 })));
  console.log(
    `Three identical reads at the same time: ${identical.map(({ meta }) => meta.source).join(', ')}`,
  );

  console.log(`Cache events: ${JSON.stringify(counts)}`);
} finally {
  await client.personas.delete(id);
}
