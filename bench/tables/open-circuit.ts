import { Stage } from '../support/stage.js';
import type { Effort, Table } from '../support/table.js';
import { takeTurns } from '../support/turns.js';

const OURS = 'persona-client, refused';
const BASE = 'persona-client, uncached';
const OPENING = { operation: 'failing', calls: 10, concurrency: 10 };

/** What a call costs that is not sent. */
export async function openCircuit(effort: Effort): Promise<Table[]> {
  await using stage = await Stage.open();
  const ours = await stage.subject('ours/isolated.mjs');
  const byHand = await stage.subject('peers/by-hand-isolated.mjs');
  const uncached = await stage.subject('ours/client.mjs');

  effort.report('opening the circuits');
  await stage.service.tell({ answer: 'unavailable' });
  await Promise.all([ours.run(OPENING), byHand.run(OPENING)]);
  const before = await stage.service.tell({ answer: 'well' });

  const refused = { operation: 'failing', calls: effort.smoke ? 5 : 5_000 };
  const read = { operation: 'get', calls: effort.smoke ? 5 : 1_000 };
  const rounds = await takeTurns(
    {
      [BASE]: { subject: uncached, chunk: read },
      'the guide by hand, refused': { subject: byHand, chunk: refused },
      [OURS]: { subject: ours, chunk: refused },
    },
    effort,
  );
  const after = await stage.service.tell({ count: true });
  return [
    {
      ...rounds.table('Open circuit, one call at a time', BASE),
      goals: [
        { what: 'a refusal to an uncached read', figure: rounds.ratio(OURS, BASE), atMost: 0.05 },
        {
          what: 'requests sent through open circuits',
          figure: after.reads - before.reads - rounds.madeBy(BASE),
          atMost: 0,
        },
      ],
    },
  ];
}
