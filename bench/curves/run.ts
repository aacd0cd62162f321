/**
 * How speed and memory change with how much there is of something. Writes the pictures and the tables of docs/speed.md.
 *
 *   npm run bench:curves
 *   npm run bench:curves -- --smoke      a few points, nothing written
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { chart, type Line } from '../support/chart.js';
import { machine } from '../support/machine.js';
import { between, markdown } from '../support/markdown.js';
import { Stage } from '../support/stage.js';
import { median } from '../support/statistics.js';
import { digits, type Goal, inWords, isMet } from '../support/table.js';

const { smoke } = parseArgs({ options: { smoke: { type: 'boolean', default: false } } }).values;
const PAGE = 'docs/speed.md';
const PICTURES = 'docs/speed';
const ROUNDS = smoke ? 1 : 5;
const AT_A_TIME = smoke ? [1, 4] : [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];
const SOCKETS: Readonly<Record<string, string>> = {
  'bare fetch': 'peers/fetch.mjs',
  'persona-client': 'ours/client.mjs',
  'persona-client, pooled': 'ours/pooled.mjs',
};
const ENTRIES = smoke ? [100] : [100, 1_000, 10_000, 100_000, 1_000_000];
const MUCH = {
  listeners: smoke ? [1] : [1, 10, 100, 1_000],
  identities: smoke ? [1, 10] : [1, 10, 100, 1_000, 10_000],
  history: smoke ? [1, 10] : [1, 10, 100, 1_000, 10_000, 100_000],
} as const;

const report = (done: string) => console.error(done);

/** Calls a second and the 99th percentile in milliseconds, by how many are under way. */
async function throughput(): Promise<{ rates: Line[]; slowest: Line[] }> {
  await using stage = await Stage.open();
  const subjects = await Promise.all(
    Object.entries(SOCKETS).map(async ([name, module]) => ({ name, subject: await stage.subject(module) })),
  );
  const calls = smoke ? 10 : 2_000;
  for (const { subject } of subjects)
    await subject.run({ operation: 'get', calls: 2 * calls, concurrency: 32 });
  const rates: Line[] = [];
  const slowest: Line[] = [];
  const took = new Map<string, { rate: number[]; p99: number[] }>();
  for (let round = 0; round < ROUNDS; round++)
    for (const concurrency of AT_A_TIME) {
      report(`${concurrency} at a time, round ${round + 1} of ${ROUNDS}`);
      for (const { name, subject } of subjects) {
        const { wallUs, p99Us } = await subject.run({ operation: 'get', calls, concurrency, each: true });
        const point = took.get(`${name} ${concurrency}`) ?? { rate: [], p99: [] };
        point.rate.push(1e6 / wallUs);
        point.p99.push(p99Us / 1000);
        took.set(`${name} ${concurrency}`, point);
      }
    }
  for (const { name } of subjects) {
    const of = (what: 'rate' | 'p99') =>
      AT_A_TIME.map((at) => [at, median(took.get(`${name} ${at}`)?.[what] ?? [])] as const);
    rates.push({ name, points: of('rate') });
    slowest.push({ name, points: of('p99') });
  }
  return { rates, slowest };
}

/** A new process for each point: what one leaves behind would be found by the next. */
async function inProcess(
  name: string,
  operation: string,
  counts: readonly number[],
  rounds: number,
): Promise<Line> {
  const points: (readonly [number, number])[] = [];
  for (const count of counts) {
    report(`${operation}: ${count}`);
    const values: number[] = [];
    for (let round = 0; round < rounds; round++) {
      await using stage = await Stage.open();
      const subject = await stage.subject('ours/in-process.mjs');
      values.push((await subject.run({ operation, calls: 1, n: count })).value);
    }
    points.push([count, median(values)]);
  }
  return { name, points };
}

const { rates, slowest } = await throughput();
const memory = await inProcess('cache', 'entries', ENTRIES, 1);
const listeners = await inProcess('listeners', 'listeners', MUCH.listeners, ROUNDS);
const identities = await inProcess('identities', 'identities', MUCH.identities, ROUNDS);
const history = await inProcess('attempts before it', 'history', MUCH.history, ROUNDS);

const growth = ({ points }: Line) => (points.at(-1)?.[1] ?? Number.NaN) / (points[0]?.[1] ?? Number.NaN);
const goals: readonly Goal[] = [
  {
    what: `a call with ${digits(MUCH.identities.at(-1) ?? 0)} identities, to one with one`,
    figure: growth(identities),
    atMost: 1.25,
  },
  {
    what: `a call after ${digits(MUCH.history.at(-1) ?? 0)} attempts, to one after one`,
    figure: growth(history),
    atMost: 1.25,
  },
];
const kept = memory.points.map(([entries, megabytes]) => [entries, (megabytes * 2 ** 20) / entries] as const);

const CHARTS = {
  rate: { title: 'Uncached reads a second', x: 'calls at a time', y: 'calls/s', logX: true, lines: rates },
  p99: {
    title: 'The slowest of a hundred reads',
    x: 'calls at a time',
    y: 'ms',
    logX: true,
    logY: true,
    lines: slowest,
  },
  memory: { title: 'Heap of a cache', x: 'personas kept', y: 'MB', logX: true, logY: true, lines: [memory] },
  cost: {
    title: 'CPU of a read by itself, without a socket',
    x: 'how many',
    y: 'µs',
    logX: true,
    lines: [listeners, identities, history],
  },
};
const TABLES: Readonly<Record<string, string>> = {
  rate: markdown(['calls at a time', ...rates.map(({ name }) => name)], rowsOf(rates)),
  p99: markdown(['calls at a time', ...slowest.map(({ name }) => name)], rowsOf(slowest)),
  memory: markdown(
    ['personas kept', 'MB', 'bytes each'],
    memory.points.map(([entries, megabytes], at) =>
      [entries, megabytes, kept[at]?.[1] ?? Number.NaN].map(digits),
    ),
  ),
  cost: markdown(
    ['how many', 'listeners', 'identities', 'attempts before it'],
    rowsOf([listeners, identities, history]),
  ),
  goals: markdown(
    ['goal', 'met'],
    goals.map((goal) => [inWords(goal), isMet(goal) ? 'yes' : 'no']),
  ),
  machine: `${Object.values(machine()).slice(0, 3).join(' · ')}\n`,
};

for (const [name, rows] of Object.entries(TABLES)) console.log(`\n${name}\n${rows}`);
if (!smoke) {
  mkdirSync(PICTURES, { recursive: true });
  for (const [name, picture] of Object.entries(CHARTS))
    writeFileSync(`${PICTURES}/${name}.svg`, chart(picture));
  let text = readFileSync(PAGE, 'utf8');
  for (const [name, rows] of Object.entries(TABLES)) text = between(text, name, rows);
  writeFileSync(PAGE, text);
}

function rowsOf(lines: readonly Line[]): string[][] {
  const across = [...new Set(lines.flatMap(({ points }) => points.map(([x]) => x)))].toSorted(
    (a, b) => a - b,
  );
  return across.map((x) => [
    digits(x),
    ...lines.map(({ points }) => {
      const point = points.find(([at]) => at === x);
      return point ? digits(point[1]) : '';
    }),
  ]);
}
