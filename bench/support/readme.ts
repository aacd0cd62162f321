import { markdownTable, replaceSection } from './markdown.js';
import { formatNumber, isMet, type Table } from './table.js';

/** The results of a benchmark run. */
export interface Results {
  readonly machine: Readonly<Record<string, string>>;
  readonly results: Readonly<Record<string, readonly Table[]>>;
}

const NAME = 0;
const RATIO = 2;

/** Updates the table of uncached reads in the performance guide. Bare `fetch` is 1. */
export function updateSpeedTable(page: string, { machine, results }: Results): string {
  const [concurrent, , sequential] = results.uncached ?? [];
  if (!concurrent || !sequential) return replaceSection(page, 'speed', '');
  const rows = concurrent.rows.map((row) => [
    row[NAME] ?? '',
    row[RATIO] ?? '',
    sequential.rows.find((other) => other[NAME] === row[NAME])?.[RATIO] ?? '',
  ]);
  const table = markdownTable(['time of a read', '32 at a time', 'one at a time'], rows);
  const source = `\`npm run bench\`, ${machine.date}, ${machine.node}, ${machine.machine}.`;
  return replaceSection(page, 'speed', `${table}\n*${source}*\n`);
}

/** Updates all goals and tables in the README of the benchmarks. */
export function updateResults(readme: string, { machine, results }: Results): string {
  const tables = Object.values(results).flat();
  if (tables.length === 0) return replaceSection(readme, 'results', '');
  const goals = tables.flatMap((table) => table.goals);
  const formatBound = (atMost?: number, atLeast?: number) =>
    atMost === undefined ? `at least ${atLeast}` : `at most ${atMost}`;
  const text = [
    Object.values(machine).join(' · '),
    markdownTable(
      ['goal', 'value', 'bound', ''],
      goals.map((goal) => [
        goal.name,
        formatNumber(goal.value),
        formatBound(goal.atMost, goal.atLeast),
        isMet(goal) ? 'met' : '**not met**',
      ]),
    ),
    ...tables.map(({ title, columns, rows }) => `### ${title}\n\n${markdownTable(columns, rows)}`),
  ].join('\n\n');
  return replaceSection(readme, 'results', `${text.replaceAll('\n\n\n', '\n\n')}`);
}
