/** A performance goal and its measured value. */
export interface Goal {
  readonly name: string;
  readonly value: number;
  readonly atMost?: number;
  readonly atLeast?: number;
}

export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly goals: readonly Goal[];
}

/** Options of a benchmark run. */
export interface RunOptions {
  /** Runs only a few calls, to check that the benchmark works. */
  readonly smoke: boolean;
  readonly report: (progress: string) => void;
}

export const isMet = ({ value: figure, atMost = Number.POSITIVE_INFINITY, atLeast = 0 }: Goal): boolean =>
  figure <= atMost && figure >= atLeast;

/** Formats a number with three significant digits. */
export const formatNumber = (value: number): string =>
  value >= 1000 ? Math.round(value).toLocaleString('en') : String(+value.toPrecision(3));

export const formatRatio = (value: number): string => value.toFixed(2);

/** Formats a table for a terminal. */
export function formatTable({ title, columns, rows, goals }: Table, withGoals: boolean): string {
  const lines = [columns, ...rows];
  const widths = columns.map((_, index) => Math.max(...lines.map((row) => row[index]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, index) => (index ? cell.padStart(widths[index] ?? 0) : cell.padEnd(widths[index] ?? 0)))
      .join('  ');
  return [
    `\n${title}`,
    ...lines.map((row) => `  ${line(row)}`),
    ...(withGoals
      ? goals.map((goal) => `  ${isMet(goal) ? 'met    ' : 'not met'}  ${describeGoal(goal)}`)
      : []),
  ].join('\n');
}

export const describeGoal = ({ name: what, value: figure, atMost, atLeast }: Goal): string =>
  `${what}: ${formatNumber(figure)} (${atMost === undefined ? `at least ${atLeast}` : `at most ${atMost}`})`;
