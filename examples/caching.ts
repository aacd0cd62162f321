/**
 * Where a read comes from: the service, the cache, or the answer to an equal read under way.
 *
 *   npm run serve                    in one shell
 *   npx tsx examples/caching.ts      in another
 *
 * PERSONA_API_URL points it at another service; default http://localhost:5050.
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
  console.log(`After the create, which answered it: ${created.meta.source}`);

  await client.personas.update(id, { name: 'Renamed User' });
  const updated = await client.withMeta.personas.get(id);
  console.log(`After an update, which answered it: ${updated.meta.source}, ${updated.data.name}`);

  await client.demographic.update(id, { city: 'Toronto' });
  const first = await client.withMeta.personas.get(id);
  console.log(`After a write to a part of it: ${first.meta.source}, ${first.data.demographic?.city}`);

  const second = await client.withMeta.personas.get(id);
  console.log(`Read again: ${second.meta.source}`);

  const reloaded = await client.withMeta.personas.get(id, { cache: 'reload' });
  console.log(`With cache: 'reload': ${reloaded.meta.source}`);

  const equal = await Promise.all([1, 2, 3].map(() => client.withMeta.personas.list({ perPage: 5 })));
  console.log(`Three equal reads at once: ${equal.map(({ meta }) => meta.source).join(', ')}`);

  console.log(`Counted: ${JSON.stringify(counts)}`);
} finally {
  await client.personas.delete(id);
}
