import { Stage } from '../support/stage.js';
import { digits, type Effort, ratio, type Table } from '../support/table.js';
import { takeTurns } from '../support/turns.js';

const UNDICI = 'a loop of undici.request';
const FETCH = 'a loop of fetch';
const OURS = 'createMany';
const POOLED = 'createMany, pooled';
const CONCURRENCY = 20;
const ROUNDS = 3;

/** Many creates, 20 at a time. */
export async function collections(effort: Effort): Promise<Table[]> {
  const count = effort.smoke ? 50 : 10_000;
  return [await rates(count, effort), await memory(count, effort)];
}

async function rates(count: number, effort: Effort): Promise<Table> {
  await using stage = await Stage.open();
  const loop = (operation: string) => ({ operation, calls: count, concurrency: CONCURRENCY });
  const run = { operation: 'import', calls: 1, n: count };
  const rounds = await takeTurns(
    {
      [UNDICI]: { subject: await stage.subject('peers/create.mjs'), chunk: loop('undici') },
      [FETCH]: { subject: await stage.subject('peers/create.mjs'), chunk: loop('fetch') },
      [OURS]: { subject: await stage.subject('ours/collections.mjs'), chunk: run },
      [POOLED]: { subject: await stage.subject('ours/collections-pooled.mjs'), chunk: run },
    },
    effort,
    ROUNDS,
  );
  const perItem = (name: string) => rounds.us(name) / (name === OURS || name === POOLED ? count : 1);
  const rate = (name: string, other: string) => 1 / (rounds.ratio(name, other) / count);
  return {
    title: `Import of ${digits(count)} personas, ${CONCURRENCY} at a time`,
    columns: ['', 'µs each', 'each second'],
    rows: rounds.names.map((name) => [name, digits(perItem(name)), digits(1e6 / perItem(name))]),
    goals: [
      {
        what: 'the rate of createMany, pooled, to that of a loop of undici.request',
        figure: rate(POOLED, UNDICI),
        atLeast: 0.8,
      },
      { what: 'the rate of createMany to that of a loop of fetch', figure: rate(OURS, FETCH), atLeast: 0.8 },
    ],
  };
}

async function memory(count: number, effort: Effort): Promise<Table> {
  await using stage = await Stage.open();
  const peaks: number[] = [];
  const rows: string[][] = [];
  for (const items of [count, 10 * count]) {
    effort.report(`memory of ${items}`);
    const subject = await stage.subject('ours/collections-pooled.mjs');
    const { value: heap } = await subject.run({ operation: 'peakHeap', calls: 1, n: items });
    const { value: resident } = await subject.run({ operation: 'peakResident', calls: 1 });
    peaks.push(heap);
    rows.push([digits(items), heap.toFixed(1), resident.toFixed(0)]);
  }
  const [few = Number.NaN, many = Number.NaN] = peaks;
  return {
    title: 'Memory of an import at its peak',
    columns: ['personas', 'heap in use, MB', 'resident, MB'],
    rows,
    goals: [
      {
        what: `heap in use at its peak, ${digits(10 * count)} personas to ${digits(count)}`,
        figure: +ratio(many / few),
        atMost: 1.1,
      },
    ],
  };
}
