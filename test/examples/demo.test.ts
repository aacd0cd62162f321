import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { runExample } from '../support/run-example.js';

/** Maximum duration of the demo. */
const MAX_DURATION_MS = 20_000;

test('the demo runs all steps of the guide, counts events, and deletes its files', {
  timeout: 30_000,
}, async () => {
  const listFolders = () => readdirSync(tmpdir()).filter((name) => name.startsWith('persona-demo-'));
  const before = listFolders();
  const { code, lines, stderr } = await runExample('demo', {}, MAX_DURATION_MS);
  expect(`${code} ${stderr}`).toBe('0 ');

  const chapters = lines.filter((line) => /^\d+\. /.test(line));
  expect(chapters).toHaveLength(11);
  expect(lines.join('\n')).not.toContain('\u001b');
  expect(readStatistic(lines, 'requests, as counted by the service')).toBeGreaterThan(10);
  expect(readStatistic(lines, 'cache hits')).toBe(2);
  expect(readStatistic(lines, 'stale reads')).toBe(3);
  expect(readStatistic(lines, 'retries')).toBe(3);
  expect(readStatistic(lines, 'circuit openings')).toBe(1);
  expect(listFolders()).toEqual(before);
});

function readStatistic(lines: readonly string[], name: string): number {
  const line = lines.find((candidate) => candidate.trim().startsWith(name));
  return Number(line?.trim().slice(name.length));
}
