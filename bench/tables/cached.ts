import { BenchmarkContext } from '../support/context.js';
import { interleave } from '../support/interleave.js';
import type { RunOptions, Table } from '../support/table.js';

const OURS = 'persona-client';
const CLONE = 'lru-cache, structuredClone';
const UNCACHED = 'persona-client, uncached';

/** Measures cached reads. Each caller gets its own copy of the persona. */
export async function cached(options: RunOptions): Promise<Table[]> {
  await using context = await BenchmarkContext.open();
  const ours = await context.startSubject('ours/client.mjs');
  const clone = await context.startSubject('peers/lru-cache.mjs');
  const byHand = await context.startSubject('peers/by-hand.mjs');
  const uncached = await context.startSubject('ours/client.mjs');
  const hits = (operation: string) => ({ operation, calls: options.smoke ? 5 : 20_000 });
  const small = await interleave(
    {
      [CLONE]: { subject: clone, workload: hits('getSmall') },
      'the guide by hand, node-cache': { subject: byHand, workload: hits('getSmall') },
      [OURS]: { subject: ours, workload: hits('getSmall') },
      [UNCACHED]: {
        subject: uncached,
        workload: { operation: 'get', calls: options.smoke ? 5 : 2_000, concurrency: 32 },
      },
    },
    options,
  );
  const large = await interleave(
    {
      [CLONE]: { subject: clone, workload: hits('getLarge') },
      'the guide by hand, node-cache': { subject: byHand, workload: hits('getLarge') },
      [OURS]: { subject: ours, workload: hits('getLarge') },
    },
    options,
  );
  return [
    {
      ...small.table('Cached GET, 0.5 KB', CLONE),
      goals: [
        {
          name: 'a cached read / lru-cache with structuredClone, 0.5 KB',
          value: small.ratio(OURS, CLONE, 'cpuUs'),
          atMost: 0.38,
        },
        {
          name: 'rate of cached reads / rate of uncached reads',
          value: small.ratio(UNCACHED, OURS),
          atLeast: 30,
        },
      ],
    },
    {
      ...large.table('Cached GET, 1.3 KB', CLONE),
      goals: [
        {
          name: 'a cached read / lru-cache with structuredClone, 1.3 KB',
          value: large.ratio(OURS, CLONE, 'cpuUs'),
          atMost: 0.38,
        },
      ],
    },
  ];
}
