import { BenchmarkContext } from '../support/context.js';
import { interleave } from '../support/interleave.js';
import { formatNumber, formatRatio, type RunOptions, type Table } from '../support/table.js';

const UNDICI = 'a loop with undici.request';
const FETCH = 'a loop with fetch';
const OURS = 'createMany';
const POOLED = 'createMany, pooled';
const CONCURRENCY = 20;
const ROUNDS = 3;

/** Measures bulk creates with a concurrency of 20. */
export async function collections(options: RunOptions): Promise<Table[]> {
  const count = options.smoke ? 50 : 10_000;
  return [await measureRates(count, options), await measureMemory(count, options)];
}

async function measureRates(count: number, options: RunOptions): Promise<Table> {
  await using context = await BenchmarkContext.open();
  const loop = (operation: string) => ({ operation, calls: count, concurrency: CONCURRENCY });
  const run = { operation: 'import', calls: 1, argument: count };
  const rounds = await interleave(
    {
      [UNDICI]: { subject: await context.startSubject('peers/create.mjs'), workload: loop('undici') },
      [FETCH]: { subject: await context.startSubject('peers/create.mjs'), workload: loop('fetch') },
      [OURS]: { subject: await context.startSubject('ours/collections.mjs'), workload: run },
      [POOLED]: { subject: await context.startSubject('ours/collections-pooled.mjs'), workload: run },
    },
    options,
    ROUNDS,
  );
  const perItem = (name: string) =>
    rounds.microseconds(name) / (name === OURS || name === POOLED ? count : 1);
  const rate = (name: string, other: string) => 1 / (rounds.ratio(name, other) / count);
  return {
    title: `Import of ${formatNumber(count)} personas, ${CONCURRENCY} at a time`,
    columns: ['', 'µs per item', 'items per second'],
    rows: rounds.names.map((name) => [name, formatNumber(perItem(name)), formatNumber(1e6 / perItem(name))]),
    goals: [
      {
        name: 'rate of createMany, pooled / rate of a loop with undici.request',
        value: rate(POOLED, UNDICI),
        atLeast: 0.58,
      },
      { name: 'rate of createMany / rate of a loop with fetch', value: rate(OURS, FETCH), atLeast: 0.7 },
    ],
  };
}

async function measureMemory(count: number, options: RunOptions): Promise<Table> {
  await using context = await BenchmarkContext.open();
  const peaks: number[] = [];
  const rows: string[][] = [];
  for (const items of [count, 10 * count]) {
    options.report(`memory of ${items}`);
    const subject = await context.startSubject('ours/collections-pooled.mjs');
    const { value: heap } = await subject.run({ operation: 'peakHeap', calls: 1, argument: items });
    const { value: resident } = await subject.run({ operation: 'peakResident', calls: 1 });
    peaks.push(heap);
    rows.push([formatNumber(items), heap.toFixed(1), resident.toFixed(0)]);
  }
  const [smallPeak = Number.NaN, largePeak = Number.NaN] = peaks;
  return {
    title: 'Peak memory of an import',
    columns: ['personas', 'heap, MB', 'RSS, MB'],
    rows,
    goals: [
      {
        name: `peak heap, ${formatNumber(10 * count)} / ${formatNumber(count)} personas`,
        value: +formatRatio(largePeak / smallPeak),
        atMost: 1.1,
      },
    ],
  };
}
