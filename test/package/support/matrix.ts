import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Reporter, TestModule } from 'vitest/node';
import { CASES } from '../smoke/program.js';
import { root } from './tools.js';

interface Row {
  readonly where: string;
  readonly format: string;
  /** By case: `passed`, `failed`, `skipped`. */
  readonly states: ReadonlyMap<string, string>;
}

const README = join(root, 'README.md');
const REGION = /(<!-- runs-on[^>]*-->\n)[\s\S]*?(<!-- \/runs-on -->)/;

/** Prints runtime by format by case, and keeps the README's "Runs on" table true. */
export class Matrix implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const ordered = modules.toSorted((a, b) => b.moduleId.localeCompare(a.moduleId)); // runtimes, then bundlers
    const rows = ordered.flatMap(rowsOf).filter(({ states }) => states.size > 0);
    if (rows.length === 0) return;
    console.log(`\n${printed(rows)}\n`);
    const states = rows.flatMap((row) => [...row.states.values()]);
    const count = (state: string) => states.filter((other) => other === state).length;
    console.log(
      `${rows.length} rows of ${CASES.length} cases: ${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} not run`,
    );
    const whole = ['runtimes', 'bundlers'].every((name) =>
      modules.some(({ moduleId }) => moduleId.endsWith(`/${name}.test.ts`)),
    );
    if (whole && count('passed') === states.length) keepReadme(rows);
  }
}

/** A suite called `<where>, <format>` is a row, its tests are the cases. */
function rowsOf(module: TestModule): Row[] {
  return [...module.children.suites()].flatMap((suite) => {
    const [, where, format] = /^(.*), (ESM|CJS)$/.exec(suite.name) ?? [];
    if (where === undefined || format === undefined) return [];
    const cases = [...suite.children.tests()].filter(({ name }) =>
      (CASES as readonly string[]).includes(name),
    );
    return [{ where, format, states: new Map(cases.map((test) => [test.name, test.result().state])) }];
  });
}

function printed(rows: readonly Row[]): string {
  const first = Math.max(...rows.map(({ where }) => where.length));
  const marks: Record<string, string> = { passed: '✓', failed: '✗' };
  const line = (where: string, format: string, cells: readonly string[]) =>
    [where.padEnd(first), format.padEnd(6), ...cells].join(' | ');
  return [
    line('runs on', 'format', CASES),
    ...rows.map(({ where, format, states }) =>
      line(
        where,
        format,
        CASES.map((name) => (marks[states.get(name) ?? ''] ?? '-').padEnd(name.length)),
      ),
    ),
  ].join('\n');
}

function keepReadme(rows: readonly Row[]): void {
  const all = `all ${CASES.length} cases`;
  const has = (where: string, format: string) =>
    rows.some((row) => row.where === where && row.format === format) ? all : '';
  const table = [
    '| runs on | ES module | CommonJS |',
    '|---|---|---|',
    ...[...new Set(rows.map(({ where }) => where))].map(
      (where) => `| ${where} | ${has(where, 'ESM')} | ${has(where, 'CJS')} |`,
    ),
  ];
  const before = readFileSync(README, 'utf8');
  const after = before.replace(
    REGION,
    (_, start: string, end: string) => `${start}${table.join('\n')}\n${end}`,
  );
  if (!REGION.test(before)) throw new Error('README.md has lost its "runs-on" markers');
  if (after === before) return;
  writeFileSync(README, after);
  console.log('README.md: the "Runs on" table has changed, commit it');
  if (process.env.CI) process.exitCode = 1;
}
