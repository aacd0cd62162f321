/** A bound that the issue of speed set, and what was measured. */
export interface Goal {
  readonly what: string;
  readonly figure: number;
  readonly atMost?: number;
  readonly atLeast?: number;
}

export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly goals: readonly Goal[];
}

/** How much to measure: for figures, or only to see that all of it works. */
export interface Effort {
  readonly smoke: boolean;
  readonly report: (done: string) => void;
}

export const isMet = ({ figure, atMost = Number.POSITIVE_INFINITY, atLeast = 0 }: Goal): boolean =>
  figure <= atMost && figure >= atLeast;

/** Three digits are more than a benchmark can tell. */
export const digits = (value: number): string =>
  value >= 1000 ? Math.round(value).toLocaleString('en') : String(+value.toPrecision(3));

export const ratio = (value: number): string => value.toFixed(2);

/** Aligned for a terminal: the first column to the left. */
export function print({ title, columns, rows, goals }: Table, withGoals: boolean): string {
  const all = [columns, ...rows];
  const widths = columns.map((_, at) => Math.max(...all.map((row) => row[at]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row.map((cell, at) => (at ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0))).join('  ');
  return [
    `\n${title}`,
    ...all.map((row) => `  ${line(row)}`),
    ...(withGoals ? goals.map((goal) => `  ${isMet(goal) ? 'met    ' : 'not met'}  ${inWords(goal)}`) : []),
  ].join('\n');
}

export const inWords = ({ what, figure, atMost, atLeast }: Goal): string =>
  `${what}: ${digits(figure)} (${atMost === undefined ? `at least ${atLeast}` : `at most ${atMost}`})`;
