import { PersonaClient } from 'persona-client';
import { createMany } from 'persona-client/collections';

const CONCURRENCY = 20;

function* personas(count) {
  for (let index = 0; index < count; index++)
    yield {
      name: `Imported ${index}`,
      demographic: { country: 'US', city: 'San Francisco', age: 20 + (index % 60) },
      psychographic: { interests: ['technology', 'travel'] },
    };
}

/** An import that does not store the results. */
export async function open(url, moreOptions = {}) {
  const client = new PersonaClient({
    baseUrl: url,
    auth: { username: 'admin', password: 'bench-password' },
    ...moreOptions,
  });
  const run = (count) => createMany(client, personas(count), { concurrency: CONCURRENCY });
  return {
    import: async (count) => {
      const { succeeded } = await run(count).finish();
      if (succeeded !== count) throw new Error(`only ${succeeded} of ${count} were created`);
    },
    /** Peak heap in megabytes after garbage collection. */
    peakHeap: async (count) => {
      let peak = 0;
      let processed = 0;
      const interval = Math.max(1, Math.min(1_000, count / 10));
      for await (const { ok, error } of run(count)) {
        if (!ok) throw error;
        if (++processed % interval !== 0) continue;
        gc();
        peak = Math.max(peak, process.memoryUsage().heapUsed);
      }
      return peak / 2 ** 20;
    },
    peakResident: () => process.resourceUsage().maxRSS / 2 ** 10,
  };
}
