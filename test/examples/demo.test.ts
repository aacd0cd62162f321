import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { runExample } from './run.js';

/** The bound for the demo. */
const WITHIN_MS = 20_000;

test('the demo walks through the guide, counts, and leaves nothing behind', { timeout: 30_000 }, async () => {
  const leftovers = () => readdirSync(tmpdir()).filter((name) => name.startsWith('persona-demo-'));
  const before = leftovers();
  const { code, lines, stderr } = await runExample('demo', {}, WITHIN_MS);
  expect(`${code} ${stderr}`).toBe('0 ');

  const chapters = lines.filter((line) => /^\d+\. /.test(line));
  expect(chapters).toHaveLength(11);
  expect(lines.join('\n')).not.toContain('\u001b');
  expect(figure(lines, 'requests sent, as the service counted them')).toBeGreaterThan(10);
  expect(figure(lines, 'cache hits')).toBe(2);
  expect(figure(lines, 'stale reads')).toBe(3);
  expect(figure(lines, 'retries')).toBe(3);
  expect(figure(lines, 'circuit openings')).toBe(1);
  expect(leftovers()).toEqual(before);
});

function figure(lines: readonly string[], name: string): number {
  const line = lines.find((one) => one.trim().startsWith(name));
  return Number(line?.trim().slice(name.length));
}
