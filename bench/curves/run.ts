/**
 * Measures how speed and memory change with size. Writes the charts and tables of docs/speed.md.
 *
 *   npm run bench -- curves
 *   npm run bench -- curves --smoke      a few points, writes nothing
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type Line, renderChart } from '../support/chart.js';
import { BenchmarkContext } from '../support/context.js';
import { describeMachine } from '../support/machine.js';
import { markdownTable, replaceSection } from '../support/markdown.js';
import { median } from '../support/statistics.js';
import { describeGoal, formatNumber, type Goal, isMet } from '../support/table.js';

const { smoke } = parseArgs({ options: { smoke: { type: 'boolean', default: false } } }).values;
const PAGE = 'docs/speed.md';
const CHART_FOLDER = 'docs/speed';
const ROUNDS = smoke ? 1 : 5;
const CONCURRENCIES = smoke ? [1, 4] : [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];
const MODULES: Readonly<Record<string, string>> = {
  'bare fetch': 'peers/fetch.mjs',
  'persona-client': 'ours/client.mjs',
  'persona-client, pooled': 'ours/pooled.mjs',
};
const ENTRIES = smoke ? [100] : [100, 1_000, 10_000, 100_000, 1_000_000];
const COUNTS = {
  listeners: smoke ? [1] : [1, 10, 100, 1_000],
  identities: smoke ? [1, 10] : [1, 10, 100, 1_000, 10_000],
  history: smoke ? [1, 10] : [1, 10, 100, 1_000, 10_000, 100_000],
  concurrent: smoke ? [100, 200] : [1_000, 2_000, 4_000, 8_000],
} as const;

const report = (progress: string) => console.error(progress);

/** Measures calls per second and the 99th percentile in milliseconds, by concurrency. */
async function measureThroughput(): Promise<{ rates: Line[]; p99: Line[] }> {
  await using stage = await BenchmarkContext.open();
  const subjects = await Promise.all(
    Object.entries(MODULES).map(async ([name, module]) => ({
      name,
      subject: await stage.startSubject(module),
    })),
  );
  const calls = smoke ? 10 : 2_000;
  for (const { subject } of subjects)
    await subject.run({ operation: 'get', calls: 2 * calls, concurrency: 32 });
  const rates: Line[] = [];
  const p99: Line[] = [];
  const measurements = new Map<string, { rate: number[]; p99: number[] }>();
  for (let round = 0; round < ROUNDS; round++)
    for (const concurrency of CONCURRENCIES) {
      report(`${concurrency} at a time, round ${round + 1} of ${ROUNDS}`);
      for (const { name, subject } of subjects) {
        const { wallUs, p99Us } = await subject.run({
          operation: 'get',
          calls,
          concurrency,
          timeEachCall: true,
        });
        const point = measurements.get(`${name} ${concurrency}`) ?? { rate: [], p99: [] };
        point.rate.push(1e6 / wallUs);
        point.p99.push(p99Us / 1000);
        measurements.set(`${name} ${concurrency}`, point);
      }
    }
  for (const { name } of subjects) {
    const collectPoints = (metric: 'rate' | 'p99') =>
      CONCURRENCIES.map(
        (concurrency) =>
          [concurrency, median(measurements.get(`${name} ${concurrency}`)?.[metric] ?? [])] as const,
      );
    rates.push({ name, points: collectPoints('rate') });
    p99.push({ name, points: collectPoints('p99') });
  }
  return { rates, p99 };
}

/**
 * Measures each point in a new process, so that points do not affect each other. The points alternate, so that the speed of the
 * machine, which changes with time, does not change the shape of the curve.
 */
async function measureInProcess(
  name: string,
  operation: string,
  counts: readonly number[],
  rounds: number,
): Promise<Line> {
  const values = new Map(counts.map((count): [number, number[]] => [count, []]));
  for (let round = 0; round < rounds; round++) {
    report(`${operation}, round ${round + 1} of ${rounds}`);
    for (const [count, measured] of values) {
      await using stage = await BenchmarkContext.open();
      const subject = await stage.startSubject('ours/in-process.mjs');
      measured.push((await subject.run({ operation, calls: 1, argument: count })).value);
    }
  }
  return { name, points: [...values].map(([count, measured]) => [count, median(measured)]) };
}

const { rates, p99 } = await measureThroughput();
const memory = await measureInProcess('cache', 'entries', ENTRIES, 1);
const listeners = await measureInProcess('listeners', 'listeners', COUNTS.listeners, ROUNDS);
const identities = await measureInProcess('identities', 'identities', COUNTS.identities, ROUNDS);
const history = await measureInProcess('earlier attempts', 'history', COUNTS.history, ROUNDS);
const concurrent = [
  await measureInProcess('reads', 'concurrentReads', COUNTS.concurrent, ROUNDS),
  await measureInProcess('writes', 'concurrentWrites', COUNTS.concurrent, ROUNDS),
  await measureInProcess('reads and writes', 'concurrentMix', COUNTS.concurrent, ROUNDS),
];
const waiting = await measureInProcess('heap of a waiting call', 'waiting', COUNTS.concurrent, ROUNDS);

const growth = ({ points }: Line) => (points.at(-1)?.[1] ?? Number.NaN) / (points[0]?.[1] ?? Number.NaN);
const goals: readonly Goal[] = [
  {
    name: `a call with ${formatNumber(COUNTS.identities.at(-1) ?? 0)} identities / with one`,
    value: growth(identities),
    atMost: 1.25,
  },
  {
    name: `a call after ${formatNumber(COUNTS.history.at(-1) ?? 0)} attempts / after one`,
    value: growth(history),
    atMost: 1.25,
  },
  ...concurrent.map((line) => ({
    name: `${line.name}: a call among ${formatNumber(COUNTS.concurrent.at(-1) ?? 0)} that start together / among ${formatNumber(COUNTS.concurrent[0] ?? 0)}`,
    value: growth(line),
    atMost: 1.25,
  })),
  {
    name: 'heap of a waiting call in kB',
    value: Math.max(...waiting.points.map(([, kilobytes]) => kilobytes)),
    atMost: 25,
  },
];
const bytesPerEntry = memory.points.map(
  ([entries, megabytes]) => [entries, (megabytes * 2 ** 20) / entries] as const,
);

const CHARTS = {
  rate: { title: 'Uncached reads per second', x: 'concurrency', y: 'calls/s', logX: true, lines: rates },
  p99: {
    title: 'The p99 of a hundred reads',
    x: 'concurrency',
    y: 'ms',
    logX: true,
    logY: true,
    lines: p99,
  },
  memory: {
    title: 'Heap of a cache',
    x: 'cached personas',
    y: 'MB',
    logX: true,
    logY: true,
    lines: [memory],
  },
  cost: {
    title: 'CPU time of a read without a socket',
    x: 'count',
    y: 'µs',
    logX: true,
    lines: [listeners, identities, history],
  },
  concurrent: {
    title: 'CPU time of a call among others',
    x: 'calls that start together',
    y: 'µs',
    logX: true,
    lines: concurrent,
  },
};
const TABLES: Readonly<Record<string, string>> = {
  rate: markdownTable(['concurrency', ...rates.map(({ name }) => name)], createRows(rates)),
  p99: markdownTable(['concurrency', ...p99.map(({ name }) => name)], createRows(p99)),
  memory: markdownTable(
    ['cached personas', 'MB', 'bytes per persona'],
    memory.points.map(([entries, megabytes], index) =>
      [entries, megabytes, bytesPerEntry[index]?.[1] ?? Number.NaN].map(formatNumber),
    ),
  ),
  cost: markdownTable(
    ['count', 'listeners', 'identities', 'earlier attempts'],
    createRows([listeners, identities, history]),
  ),
  concurrent: markdownTable(
    ['calls that start together', ...[...concurrent, waiting].map(({ name }) => name)],
    createRows([...concurrent, waiting]),
  ),
  goals: markdownTable(
    ['goal', 'met'],
    goals.map((goal) => [describeGoal(goal), isMet(goal) ? 'yes' : 'no']),
  ),
  machine: `${Object.values(describeMachine()).slice(0, 3).join(' · ')}\n`,
};

for (const [name, rows] of Object.entries(TABLES)) console.log(`\n${name}\n${rows}`);
if (!smoke) {
  mkdirSync(CHART_FOLDER, { recursive: true });
  for (const [name, options] of Object.entries(CHARTS))
    writeFileSync(`${CHART_FOLDER}/${name}.svg`, renderChart(options));
  let text = readFileSync(PAGE, 'utf8');
  for (const [name, rows] of Object.entries(TABLES)) text = replaceSection(text, name, rows);
  writeFileSync(PAGE, text);
}

function createRows(lines: readonly Line[]): string[][] {
  const xValues = [...new Set(lines.flatMap(({ points }) => points.map(([x]) => x)))].toSorted(
    (a, b) => a - b,
  );
  return xValues.map((x) => [
    formatNumber(x),
    ...lines.map(({ points }) => {
      const point = points.find(([pointX]) => pointX === x);
      return point ? formatNumber(point[1]) : '';
    }),
  ]);
}
