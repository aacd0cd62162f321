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

const counts = { hit: 0, miss: 0, joined: 0, stale: 0, revalidated: 0 };
client.on('cache', ({ outcome }) => {
  counts[outcome]++;
});

const { id } = await client.personas.create({ name: 'Cached User' });
try {
  const first = await client.withMeta.personas.get(id);
  console.log(`First read: ${first.meta.source}`);

  const second = await client.withMeta.personas.get(id);
  console.log(`Second read: ${second.meta.source}`);

  await client.personas.update(id, { name: 'Renamed User' });
  const third = await client.withMeta.personas.get(id);
  console.log(`After a write: ${third.meta.source}, ${third.data.name}`);

  const reloaded = await client.withMeta.personas.get(id, { cache: 'reload' });
  console.log(`With cache: 'reload': ${reloaded.meta.source}`);

  const equal = await Promise.all([1, 2, 3].map(() => client.withMeta.personas.list({ perPage: 5 })));
  console.log(`Three equal reads at once: ${equal.map(({ meta }) => meta.source).join(', ')}`);

  console.log(`Counted: ${JSON.stringify(counts)}`);
} finally {
  await client.personas.delete(id);
}
