/**
 * Compares this build of the client with another one.
 *
 *   npm run bench -- --against <folder>               the folder `dist` of the other build
 *   npm run bench -- --against <folder> read hit      only these workloads
 *   npm run bench -- --against <folder> --rounds 31   more rounds, for small differences
 *   npm run bench -- --against <folder> --smoke       a few calls of each
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { BenchmarkContext } from '../support/context.js';
import { type Contender, interleave, type Metric } from '../support/interleave.js';
import { describeMachine } from '../support/machine.js';
import { createFirstCalls } from '../support/processes.js';
import type { Workload } from '../support/subject.js';
import { formatNumber, formatRatio, formatTable, type RunOptions } from '../support/table.js';

const ROUNDS = 15;

interface Comparison extends Workload {
  readonly module: string;
  /** The metric to compare. @default 'cpuUs', the CPU time of a call */
  readonly metric?: Metric;
}

const alone = (operation: string, calls: number, concurrency = 1): Comparison => ({
  module: 'ours/null-transport.mjs',
  operation,
  calls,
  concurrency,
});
const overSockets = (module: string): Comparison => ({
  module,
  operation: 'get',
  calls: 2_000,
  concurrency: 32,
});
const startedTogether = (operation: string, argument: number): Comparison => ({
  module: 'ours/in-process.mjs',
  operation,
  calls: 1,
  argument,
  metric: 'value',
});
/** Each call of this workload runs in a new process. */
const FIRST_CALLS: Comparison = { module: 'ours/client.mjs', operation: 'first calls', calls: 1 };

const COMPARISONS: Readonly<Record<string, Comparison>> = {
  read: alone('read', 4_000),
  'concurrent-reads': alone('read', 4_000, 20),
  write: alone('write', 4_000),
  hit: alone('hit', 50_000),
  rejected: alone('rejected', 8_000),
  'equal-reads': alone('equalReads', 40),
  create: alone('create', 3),
  construct: alone('construct', 4_000),
  fetch: overSockets('ours/client.mjs'),
  pooled: overSockets('ours/pooled.mjs'),
  'create-pooled': { module: 'ours/collections-pooled.mjs', operation: 'import', calls: 1, argument: 2_000 },
  'reads-1000': startedTogether('concurrentReads', 1_000),
  'reads-8000': startedTogether('concurrentReads', 8_000),
  'writes-8000': startedTogether('concurrentWrites', 8_000),
  'waiting-kB': startedTogether('waiting', 4_000),
  'first-calls': FIRST_CALLS,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    against: { type: 'string' },
    rounds: { type: 'string', default: String(ROUNDS) },
    smoke: { type: 'boolean', default: false },
  },
});
const folder = resolve(values.against ?? '');
if (values.against === undefined || !existsSync(join(folder, 'index.js')))
  throw new Error('--against needs the folder dist of another build');
const unknown = positionals.find((name) => !(name in COMPARISONS));
if (unknown)
  throw new Error(`Unknown workload ${unknown}. Use some of ${Object.keys(COMPARISONS).join(', ')}.`);

const options: RunOptions = {
  smoke: values.smoke,
  report: (progress) => {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${progress}`);
  },
};
console.log(Object.values(describeMachine()).slice(0, 3).join(' · '));
const rows: string[][] = [];
for (const [name, comparison] of Object.entries(COMPARISONS))
  if (positionals.length === 0 || positionals.includes(name)) rows.push(await compare(name, comparison));
if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
console.log(
  formatTable(
    {
      title: `This build, compared with ${folder}. CPU time of a call in µs, unless the name has another unit`,
      columns: ['', 'other', 'this', 'ratio', 'interquartile range'],
      rows,
      goals: [],
    },
    false,
  ),
);

/** Measures both builds alternately, each in its own process. Returns a row of the table. */
async function compare(
  name: string,
  { module, metric = 'cpuUs', ...workload }: Comparison,
): Promise<string[]> {
  await using context = await BenchmarkContext.open();
  const url = context.service.plain;
  const start = async (build?: string): Promise<Contender> => ({
    subject:
      workload.operation === FIRST_CALLS.operation
        ? createFirstCalls(module, url, build)
        : await context.startSubject(module, url, build),
    workload: options.smoke ? shorten(workload) : workload,
  });
  const results = await interleave(
    { other: await start(folder), this: await start() },
    options,
    Number(values.rounds),
  );
  return [
    name,
    ...results.names.map((build) => formatNumber(results.microseconds(build, metric))),
    formatRatio(results.ratio('this', 'other', metric)),
    results.ratioRange('this', 'other', metric).map(formatRatio).join(' to '),
  ];
}

function shorten(workload: Workload): Workload {
  const { argument, concurrency = 1 } = workload;
  return { ...workload, calls: concurrency, ...(argument === undefined ? {} : { argument: 10 }) };
}
