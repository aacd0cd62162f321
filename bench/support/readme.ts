import { between, markdown } from './markdown.js';
import { digits, isMet, type Table } from './table.js';

/** What a run wrote down. */
export interface Results {
  readonly machine: Readonly<Record<string, string>>;
  readonly results: Readonly<Record<string, readonly Table[]>>;
}

const NAME = 0;
const RATIO = 2;

/** The README with the reads that go over the wire: bare `fetch` is 1. */
export function withSpeed(readme: string, { machine, results }: Results): string {
  const [busy, , alone] = results.uncached ?? [];
  if (!busy || !alone) return between(readme, 'speed', '');
  const rows = busy.rows.map((row) => [
    row[NAME] ?? '',
    row[RATIO] ?? '',
    alone.rows.find((other) => other[NAME] === row[NAME])?.[RATIO] ?? '',
  ]);
  const table = markdown(['time of a read', '32 at a time', 'one at a time'], rows);
  const how = `\`npm run bench\`, ${machine.date}, ${machine.node}, ${machine.machine}.`;
  return between(readme, 'speed', `${table}\n*${how}*\n`);
}

/** The README of the benchmarks with every goal, and every table. */
export function withResults(readme: string, { machine, results }: Results): string {
  const tables = Object.values(results).flat();
  if (tables.length === 0) return between(readme, 'results', '');
  const goals = tables.flatMap((table) => table.goals);
  const bound = (atMost?: number, atLeast?: number) =>
    atMost === undefined ? `at least ${atLeast}` : `at most ${atMost}`;
  const text = [
    Object.values(machine).join(' · '),
    markdown(
      ['goal', 'figure', 'bound', ''],
      goals.map((goal) => [
        goal.what,
        digits(goal.figure),
        bound(goal.atMost, goal.atLeast),
        isMet(goal) ? 'met' : '**not met**',
      ]),
    ),
    ...tables.map(({ title, columns, rows }) => `### ${title}\n\n${markdown(columns, rows)}`),
  ].join('\n\n');
  return between(readme, 'results', `${text.replaceAll('\n\n\n', '\n\n')}`);
}
