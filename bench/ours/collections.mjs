import { PersonaClient } from 'persona-client';
import { createMany } from 'persona-client/collections';

const CONCURRENCY = 20;

function* personas(count) {
  for (let at = 0; at < count; at++)
    yield {
      name: `Imported ${at}`,
      demographic: { country: 'US', city: 'San Francisco', age: 20 + (at % 60) },
      psychographic: { interests: ['technology', 'travel'] },
    };
}

/** An import, as a program would do it that keeps no result. */
export async function open(url, further = {}) {
  const client = new PersonaClient({
    baseUrl: url,
    auth: { username: 'admin', password: 'bench-password' },
    ...further,
  });
  const run = (count) => createMany(client, personas(count), { concurrency: CONCURRENCY });
  return {
    import: async (count) => {
      const { done } = await run(count).finish();
      if (done !== count) throw new Error(`only ${done} of ${count} were created`);
    },
    /** Megabytes that are still in use, at most; looked at often. */
    peakHeap: async (count) => {
      let peak = 0;
      let at = 0;
      const every = Math.max(1, Math.min(1_000, count / 10));
      for await (const { ok, error } of run(count)) {
        if (!ok) throw error;
        if (++at % every !== 0) continue;
        gc();
        peak = Math.max(peak, process.memoryUsage().heapUsed);
      }
      return peak / 2 ** 20;
    },
    peakResident: () => process.resourceUsage().maxRSS / 2 ** 10,
  };
}
