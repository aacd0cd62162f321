import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const read = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');

/** Returns the first group of each match, sorted. */
const findNames = (text: string, pattern: RegExp) =>
  [...text.matchAll(pattern)].map(([, name = '']) => name).toSorted();

/** Returns the first group of the only match. */
function findSection(file: string, pattern: RegExp): string {
  const [, section] = pattern.exec(read(file)) ?? [];
  if (section === undefined) throw new Error(`${file} does not match ${pattern}`);
  return section;
}

/** The projects of `scripts/test.ts`, as text: `name: { ... },` on one or several lines. */
const section = findSection('scripts/test.ts', /^const PROJECTS\b[^{]*\{\n([\s\S]*?)^\};/m);
const projects = section
  .split(/^(?= {2}['\w])/m)
  .map((text) => ({ name: /^ +'?([\w-]+)'?:/.exec(text)?.[1] ?? '', text }));

const selectNames = (pattern: RegExp, matches = true) =>
  projects
    .filter(({ text }) => pattern.test(text) === matches)
    .map(({ name }) => name)
    .toSorted();

const DEFAULT = /\bisDefault: true\b/;
const PROGRAM = /\bprogram: /;

describe('the test projects of scripts/test.ts', () => {
  it('have names', () => {
    expect(projects.length).toBeGreaterThan(15);
    expect(projects.map(({ name }) => name)).not.toContain('');
  });

  it('are the projects of vitest.config.ts, except programs', () => {
    const configured = findNames(read('vitest.config.ts'), /\b(?:project|serial)\(\s*'([\w-]+)'/g);
    expect(configured).toEqual(selectNames(PROGRAM, false));
  });

  it('are default projects, or run in .ci/run', () => {
    const listed = findSection('.ci/run', /^projects=\((.+)\)$/m).split(' ');
    expect(listed.toSorted()).toEqual(selectNames(DEFAULT, false));
  });

  it('are the rows of the table in CONTRIBUTING.md', () => {
    const table = findSection('CONTRIBUTING.md', /^## Test projects\n([\s\S]*?)^## /m);
    expect(findNames(table, /^\| `([\w-]+)`/gm)).toEqual(projects.map(({ name }) => name).toSorted());
    expect(findNames(table, /^\| `([\w-]+)` \(default\)/gm)).toEqual(selectNames(DEFAULT));
  });
});
