import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Results, updateResults, updateSpeedTable } from '../../bench/support/readme.js';

const read = (file: string) => readFileSync(file, 'utf8');
const results: Results = JSON.parse(read('bench/results.json'));

test('the documents contain the measured results', () => {
  expect(updateSpeedTable(read('docs/guides/performance.md'), results)).toBe(
    read('docs/guides/performance.md'),
  );
  expect(updateResults(read('bench/README.md'), results)).toBe(read('bench/README.md'));
});

test('the speed table replaces a figure that was edited by hand', () => {
  const uncached = [createTable('2.00'), createTable('1.50'), createTable('1.25')];
  const measured: Results = { machine: { date: '2026-11-23' }, results: { uncached } };
  const page = updateSpeedTable('<!-- bench: speed -->\n<!-- /bench -->', measured);
  expect(page).toContain('| ours | 2.00 | 1.25 |');
  expect(updateSpeedTable(page.replace('2.00', '0.50'), measured)).toBe(page);
});

test('the goals table marks missed goals', () => {
  const table = {
    ...createTable('2.00'),
    goals: [
      { name: 'time', value: 1.26, atMost: 1.25 },
      { name: 'rate', value: 30, atLeast: 30 },
      { name: 'nothing measured', value: Number.NaN, atMost: 1 },
    ],
  };
  const page = updateResults('<!-- bench: results -->\n<!-- /bench -->', {
    machine: {},
    results: { one: [table] },
  });
  expect(page).toContain('| time | 1.26 | at most 1.25 | **not met** |');
  expect(page).toContain('| rate | 30 | at least 30 | met |');
  expect(page).toContain('| nothing measured | NaN | at most 1 | **not met** |');
});

const createTable = (ratio: string) => ({
  title: 'one',
  columns: ['', 'µs', 'x'],
  rows: [['ours', '100', ratio]],
  goals: [],
});
