import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Reporter, TestModule } from 'vitest/node';
import { REPOSITORY } from '../../support/install.js';
import { CASES } from '../smoke/program.js';

interface Row {
  /** Runtime or bundler. */
  readonly platform: string;
  readonly format: string;
  /** Test state by case: `passed`, `failed`, `skipped`. */
  readonly states: ReadonlyMap<string, string>;
}

const PAGE = join(REPOSITORY, 'docs/reference/runtimes.md');
const PAGE_TABLE = /(<!-- runs-on[^>]*-->\n)[\s\S]*?(<!-- \/runs-on -->)/;

/** Prints the result of each case by runtime and module format, and updates the table in docs/reference/runtimes.md. */
export class RuntimeReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const sorted = modules.toSorted((a, b) => b.moduleId.localeCompare(a.moduleId)); // runtimes, then bundlers
    const rows = sorted.flatMap(readRows).filter(({ states }) => states.size > 0);
    if (rows.length === 0) return;
    console.log(`\n${formatRows(rows)}\n`);
    const states = rows.flatMap((row) => [...row.states.values()]);
    const count = (state: string) => states.filter((other) => other === state).length;
    console.log(
      `${rows.length} rows of ${CASES.length} cases: ${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} not run`,
    );
    const isComplete = ['runtimes', 'bundlers'].every((name) =>
      modules.some(({ moduleId }) => moduleId.endsWith(`/${name}.test.ts`)),
    );
    if (isComplete && count('passed') === states.length) updateReadme(rows);
  }
}

/** A suite named `<platform>, <format>` is a row. Its tests are the cases. */
function readRows(module: TestModule): Row[] {
  return [...module.children.suites()].flatMap((suite) => {
    const [, platform, format] = /^(.*), (ESM|CJS)$/.exec(suite.name) ?? [];
    if (platform === undefined || format === undefined) return [];
    const cases = [...suite.children.tests()].filter(({ name }) =>
      (CASES as readonly string[]).includes(name),
    );
    return [{ platform, format, states: new Map(cases.map((test) => [test.name, test.result().state])) }];
  });
}

function formatRows(rows: readonly Row[]): string {
  const width = Math.max(...rows.map(({ platform }) => platform.length));
  const symbols: Record<string, string> = { passed: '✓', failed: '✗' };
  const formatLine = (platform: string, format: string, cells: readonly string[]) =>
    [platform.padEnd(width), format.padEnd(6), ...cells].join(' | ');
  return [
    formatLine('runs on', 'format', CASES),
    ...rows.map(({ platform, format, states }) =>
      formatLine(
        platform,
        format,
        CASES.map((name) => (symbols[states.get(name) ?? ''] ?? '-').padEnd(name.length)),
      ),
    ),
  ].join('\n');
}

function updateReadme(rows: readonly Row[]): void {
  const cell = (platform: string, format: string) =>
    rows.some((row) => row.platform === platform && row.format === format) ? `all ${CASES.length} cases` : '';
  const table = [
    '| runs on | ES module | CommonJS |',
    '|---|---|---|',
    ...[...new Set(rows.map(({ platform }) => platform))].map(
      (platform) => `| ${platform} | ${cell(platform, 'ESM')} | ${cell(platform, 'CJS')} |`,
    ),
  ];
  const before = readFileSync(PAGE, 'utf8');
  const after = before.replace(
    PAGE_TABLE,
    (_, start: string, end: string) => `${start}${table.join('\n')}\n${end}`,
  );
  if (!PAGE_TABLE.test(before)) throw new Error('runtimes.md has no "runs-on" markers for the table');
  if (after === before) return;
  writeFileSync(PAGE, after);
  console.log('docs/reference/runtimes.md: the "Runs on" table has changed. Commit it.');
  if (process.env.CI) process.exitCode = 1;
}
