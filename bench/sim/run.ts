/**
 * From 1 to 10,000 client processes: what reaches the service. Writes the curves and the tables of docs/scale.md.
 *
 *   npm run bench:sim
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { chart, type Line } from '../support/chart.js';
import { MANNERS, outage } from './outage.js';
import { type Cached, reads } from './reads.js';
import { refreshes } from './refresh.js';

const SEED = 20_261_123;
const PROCESSES = [1, 10, 100, 1_000, 10_000];
const CACHED: readonly Cached[] = ['no cache', 'a cache in each process', 'and a shared store'];

const lines = (names: readonly string[], at: (name: string, processes: number) => number): Line[] =>
  names.map((name) => ({
    name,
    points: PROCESSES.map((processes) => [processes, at(name, processes)] as const),
  }));
const picture = (name: string, svg: string) => writeFileSync(`docs/scale/${name}.svg`, svg);
const rounded = (value: number) =>
  Number.isNaN(value)
    ? 'never'
    : value >= 100
      ? Math.round(value).toLocaleString('en')
      : String(+value.toPrecision(3));
const table = (head: string, all: readonly Line[]) =>
  [
    `| processes | ${all.map(({ name }) => name).join(' | ')} |`,
    `|---|${all.map(() => '---').join('|')}|`,
    ...PROCESSES.map(
      (processes, at) =>
        `| ${processes.toLocaleString('en')} | ${all.map(({ points }) => rounded(points[at]?.[1] ?? Number.NaN)).join(' | ')} |`,
    ),
    '',
    `*${head}*`,
  ].join('\n');

const courses = new Map(
  MANNERS.map((manner) => [manner.name, PROCESSES.map((processes) => outage(processes, manner, SEED))]),
);
const course = (name: string, processes: number) => courses.get(name)?.[PROCESSES.indexOf(processes)];
const manners = MANNERS.map(({ name }) => name);

const amplification = lines(manners, (name, processes) => course(name, processes)?.perCall ?? Number.NaN);
const recovery = lines(manners, (name, processes) => course(name, processes)?.recoveredAfter ?? Number.NaN);
const storms = lines(['all at one time', 'apart: the default'], (name, processes) =>
  refreshes(processes, name !== 'all at one time', SEED),
);
const load = lines(CACHED, (name, processes) => reads(processes, name as Cached, SEED));

picture(
  'outage',
  chart({
    title: 'Requests a second of 1,000 processes; an outage from 60 s to 180 s',
    x: 'seconds',
    y: 'requests/s',
    lines: manners.map((name) => ({
      name,
      points: (course(name, 1_000)?.perSecond ?? []).map((count, second) => [second, count] as const),
    })),
  }),
);
picture(
  'refresh',
  chart({
    title: 'Most refreshes in a second, an hour after all have signed in',
    x: 'processes',
    y: 'refreshes/s',
    logX: true,
    logY: true,
    lines: storms,
  }),
);
picture(
  'reads',
  chart({
    title: 'Reads a second that reach the service',
    x: 'processes, a read a second each',
    y: 'reads/s',
    logX: true,
    logY: true,
    lines: load,
  }),
);

const TABLES: Readonly<Record<string, string>> = {
  amplification: table('Requests for each call during the outage.', amplification),
  recovery: table('Seconds after the outage until nine in ten calls succeed.', recovery),
  refresh: table('Most refreshes in a second.', storms),
  reads: table('Reads a second that reach the service.', load),
};
let text = readFileSync('docs/scale.md', 'utf8');
for (const [name, rows] of Object.entries(TABLES)) {
  const between = new RegExp(`(<!-- sim: ${name} -->\\n)[\\s\\S]*?(<!-- /sim -->)`);
  if (!between.test(text)) throw new Error(`docs/scale.md has no place for ${name}`);
  text = text.replace(between, `$1${rows}\n$2`);
  console.log(`\n${rows}`);
}
writeFileSync('docs/scale.md', text);
