import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const SECURITY = readFileSync('SECURITY.md', 'utf8');
const section = SECURITY.split(/^## /m).find((text) => text.startsWith('What is protected')) ?? '';

/** Each promise, with the tests that it names. */
const promises = section
  .split(/^- /m)
  .slice(1)
  .map((text) => ({
    promise: text.split('\n')[0] ?? '',
    items: text.match(/^ {2}- .*$/gm) ?? [],
    tests: [...text.matchAll(/^ {2}- `(test\/\S+\.test\.ts)`: (.+)$/gm)].map(([, file = '', title = '']) => ({
      file,
      title,
    })),
  }));

describe('SECURITY.md', () => {
  it('has promises, and each names its tests', () => {
    expect(promises.length).toBeGreaterThan(25);
    expect(
      promises.filter(({ tests, items }) => tests.length === 0 || tests.length !== items.length),
    ).toEqual([]);
  });

  it.each(promises)('names tests that exist: $promise', ({ tests }) => {
    for (const { file, title } of tests) {
      expect(existsSync(file), file).toBe(true);
      expect(findTitles(readFileSync(file, 'utf8')), file).toContainEqual(expect.stringContaining(title));
    }
  });

  it('has a promise for every file of attacks', () => {
    const files = readdirSync('test/security').filter((file) => file.endsWith('.test.ts'));
    expect(files.length).toBeGreaterThan(10);
    expect(files.filter((file) => !SECURITY.includes(`test/security/${file}`))).toEqual([]);
  });
});

/** Returns the titles of tests in a file, and the titles of their cases: every string at the start of an argument or a row. */
const findTitles = (source: string) =>
  [...source.matchAll(/(?:\(|\[)\s*(?:'((?:[^'\\]|\\.)*)'|`((?:[^`\\]|\\.)*)`|"((?:[^"\\]|\\.)*)")/g)].map(
    ([, single, template, double]) => single ?? template ?? double,
  );
