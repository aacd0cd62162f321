import { BenchmarkContext } from '../support/context.js';
import { interleave } from '../support/interleave.js';
import { formatNumber, formatRatio, type RunOptions, type Table } from '../support/table.js';

const ONE_QUEUE = 'reads in the queue of the import';
const INTERACTIVE = 'interactive reads';
const ALONE = 'reads without an import';
const READS = 100;
const ROUNDS = 3;

/** Measures the p99 of reads beside an import, with and without a queue of their own. */
export async function priorities(options: RunOptions): Promise<Table[]> {
  await using context = await BenchmarkContext.open();
  const subject = await context.startSubject('ours/priorities.mjs');
  const workload = (operation: string) => ({ operation, calls: 1, argument: options.smoke ? 10 : READS });
  const rounds = await interleave(
    {
      [ONE_QUEUE]: { subject, workload: workload('oneQueue') },
      [INTERACTIVE]: { subject, workload: workload('interactive') },
      [ALONE]: { subject, workload: workload('alone') },
    },
    options,
    ROUNDS,
  );
  return [
    {
      title: 'Reads one after another, beside an import with a concurrency of 100',
      columns: ['', 'p99 in ms', `x ${ONE_QUEUE}`, 'interquartile range'],
      rows: rounds.names.map((name) => [
        name,
        formatNumber(rounds.microseconds(name, 'value')),
        formatRatio(rounds.ratio(name, ONE_QUEUE, 'value')),
        rounds.ratioRange(name, ONE_QUEUE, 'value').map(formatRatio).join(' to '),
      ]),
      goals: [
        {
          name: 'p99 of interactive reads / p99 of reads in the queue of the import',
          value: rounds.ratio(INTERACTIVE, ONE_QUEUE, 'value'),
          atMost: 0.5,
        },
      ],
    },
  ];
}
