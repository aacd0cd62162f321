/**
 * Simulates the load of 1 to 10,000 client processes. Writes the charts and tables of docs/scale.md.
 *
 *   npm run bench -- simulation
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { type Line, renderChart } from '../support/chart.js';
import { RETRY_POLICIES, simulateOutage } from './outage.js';
import { type CacheMode, simulateReads } from './reads.js';
import { simulateRefreshes } from './refresh.js';

const SEED = 20_261_123;
const PROCESSES = [1, 10, 100, 1_000, 10_000];
const CACHE_MODES: readonly CacheMode[] = ['no cache', 'a cache in each process', 'and a shared store'];

const createLines = (
  names: readonly string[],
  valueAt: (name: string, processes: number) => number,
): Line[] =>
  names.map((name) => ({
    name,
    points: PROCESSES.map((processes) => [processes, valueAt(name, processes)] as const),
  }));
const writeChart = (name: string, svg: string) => writeFileSync(`docs/scale/${name}.svg`, svg);
const formatValue = (value: number) =>
  Number.isNaN(value)
    ? 'never'
    : value >= 100
      ? Math.round(value).toLocaleString('en')
      : String(+value.toPrecision(3));
const formatTable = (caption: string, lines: readonly Line[]) =>
  [
    `| processes | ${lines.map(({ name }) => name).join(' | ')} |`,
    `|---|${lines.map(() => '---').join('|')}|`,
    ...PROCESSES.map(
      (processes, index) =>
        `| ${processes.toLocaleString('en')} | ${lines.map(({ points }) => formatValue(points[index]?.[1] ?? Number.NaN)).join(' | ')} |`,
    ),
    '',
    `*${caption}*`,
  ].join('\n');

const outages = new Map(
  RETRY_POLICIES.map((policy) => [
    policy.name,
    PROCESSES.map((processes) => simulateOutage(processes, policy, SEED)),
  ]),
);
const outage = (name: string, processes: number) => outages.get(name)?.[PROCESSES.indexOf(processes)];
const policyNames = RETRY_POLICIES.map(({ name }) => name);

const amplification = createLines(
  policyNames,
  (name, processes) => outage(name, processes)?.requestsPerCall ?? Number.NaN,
);
const recovery = createLines(
  policyNames,
  (name, processes) => outage(name, processes)?.recoverySeconds ?? Number.NaN,
);
const refreshLines = createLines(['all at one time', 'apart: the default'], (name, processes) =>
  simulateRefreshes(processes, name !== 'all at one time', SEED),
);
const readLines = createLines(CACHE_MODES, (name, processes) =>
  simulateReads(processes, name as CacheMode, SEED),
);

writeChart(
  'outage',
  renderChart({
    title: 'Requests a second of 1,000 processes; an outage from 60 s to 180 s',
    x: 'seconds',
    y: 'requests/s',
    lines: policyNames.map((name) => ({
      name,
      points: (outage(name, 1_000)?.requestsPerSecond ?? []).map((count, second) => [second, count] as const),
    })),
  }),
);
writeChart(
  'refresh',
  renderChart({
    title: 'Most refreshes in a second, an hour after all have signed in',
    x: 'processes',
    y: 'refreshes/s',
    logX: true,
    logY: true,
    lines: refreshLines,
  }),
);
writeChart(
  'reads',
  renderChart({
    title: 'Reads a second that reach the service',
    x: 'processes, a read a second each',
    y: 'reads/s',
    logX: true,
    logY: true,
    lines: readLines,
  }),
);

const TABLES: Readonly<Record<string, string>> = {
  amplification: formatTable('Requests for each call during the outage.', amplification),
  recovery: formatTable('Seconds after the outage until nine in ten calls succeed.', recovery),
  refresh: formatTable('Most refreshes in a second.', refreshLines),
  reads: formatTable('Reads a second that reach the service.', readLines),
};
let text = readFileSync('docs/scale.md', 'utf8');
for (const [name, rows] of Object.entries(TABLES)) {
  const section = new RegExp(`(<!-- sim: ${name} -->\\n)[\\s\\S]*?(<!-- /sim -->)`);
  if (!section.test(text)) throw new Error(`docs/scale.md has no section ${name}`);
  text = text.replace(section, `$1${rows}\n$2`);
  console.log(`\n${rows}`);
}
writeFileSync('docs/scale.md', text);
