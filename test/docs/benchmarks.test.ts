import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Results, withResults, withSpeed } from '../../bench/support/readme.js';

const read = (file: string) => readFileSync(file, 'utf8');
const results: Results = JSON.parse(read('bench/results.json'));

test('the READMEs say what was measured', () => {
  expect(withSpeed(read('README.md'), results)).toBe(read('README.md'));
  expect(withResults(read('bench/README.md'), results)).toBe(read('bench/README.md'));
});

test('a figure that was changed by hand is found', () => {
  const { uncached } = { uncached: [tableOf('2.00'), tableOf('1.50'), tableOf('1.25')] };
  const measured: Results = { machine: { date: '2026-11-23' }, results: { uncached } };
  const page = withSpeed('<!-- bench: speed -->\n<!-- /bench -->', measured);
  expect(page).toContain('| ours | 2.00 | 1.25 |');
  expect(withSpeed(page.replace('2.00', '0.50'), measured)).toBe(page);
});

test('goals that were missed are called so', () => {
  const table = {
    ...tableOf('2.00'),
    goals: [
      { what: 'time', figure: 1.26, atMost: 1.25 },
      { what: 'rate', figure: 30, atLeast: 30 },
      { what: 'nothing measured', figure: Number.NaN, atMost: 1 },
    ],
  };
  const page = withResults('<!-- bench: results -->\n<!-- /bench -->', {
    machine: {},
    results: { one: [table] },
  });
  expect(page).toContain('| time | 1.26 | at most 1.25 | **not met** |');
  expect(page).toContain('| rate | 30 | at least 30 | met |');
  expect(page).toContain('| nothing measured | NaN | at most 1 | **not met** |');
});

const tableOf = (ratio: string) => ({
  title: 'one',
  columns: ['', 'µs', 'x'],
  rows: [['ours', '100', ratio]],
  goals: [],
});
