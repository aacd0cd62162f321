import { Stage } from '../support/stage.js';
import type { Effort, Table } from '../support/table.js';
import { takeTurns } from '../support/turns.js';

const OURS = 'persona-client';
const CLONE = 'lru-cache, structuredClone';
const UNCACHED = 'persona-client, uncached';

/** Reads that the cache answers, each with an object of the caller's own. */
export async function cached(effort: Effort): Promise<Table[]> {
  await using stage = await Stage.open();
  const ours = await stage.subject('ours/client.mjs');
  const clone = await stage.subject('peers/lru-cache.mjs');
  const byHand = await stage.subject('peers/by-hand.mjs');
  const uncached = await stage.subject('ours/client.mjs');
  const hits = (operation: string) => ({ operation, calls: effort.smoke ? 5 : 20_000 });
  const small = await takeTurns(
    {
      [CLONE]: { subject: clone, chunk: hits('small') },
      'the guide by hand, node-cache': { subject: byHand, chunk: hits('small') },
      [OURS]: { subject: ours, chunk: hits('small') },
      [UNCACHED]: {
        subject: uncached,
        chunk: { operation: 'get', calls: effort.smoke ? 5 : 2_000, concurrency: 32 },
      },
    },
    effort,
  );
  const full = await takeTurns(
    {
      [CLONE]: { subject: clone, chunk: hits('full') },
      'the guide by hand, node-cache': { subject: byHand, chunk: hits('full') },
      [OURS]: { subject: ours, chunk: hits('full') },
    },
    effort,
  );
  return [
    {
      ...small.table('Cached GET, 0.5 KB', CLONE),
      goals: [
        {
          what: 'a cached read to lru-cache and structuredClone, 0.5 KB',
          figure: small.ratio(OURS, CLONE),
          atMost: 0.5,
        },
        {
          what: 'the rate of cached reads to that of uncached ones',
          figure: small.ratio(UNCACHED, OURS),
          atLeast: 30,
        },
      ],
    },
    {
      ...full.table('Cached GET, 1.3 KB', CLONE),
      goals: [
        {
          what: 'a cached read to lru-cache and structuredClone, 1.3 KB',
          figure: full.ratio(OURS, CLONE),
          atMost: 0.5,
        },
      ],
    },
  ];
}
