import { writeFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import { expect, it } from 'vitest';
import { setupCli } from '../support/cli.js';

const CLEAR_LINE = '\r\u001b[2K';

/**
 * Imports rows on a terminal with this number of columns. Returns what the terminal received. The low concurrency keeps the number
 * of finished rows close to the percentage: an import reads at most 16 times as many rows ahead.
 */
async function importOnTerminal(rowCount: number, columns: number, env: NodeJS.ProcessEnv) {
  const { shell, file } = await setupCli({ dialect: 'attributes' });
  const rows = Array.from(
    { length: rowCount },
    (_, index) => `Person ${index},${index % 40 === 0 ? 'x' : 30}`,
  );
  writeFileSync(file('p.csv'), `name,demographic.age\n${rows.join('\n')}\n`);
  const command = `stty cols ${columns}; $PC import p.csv --concurrency 4`;
  return (await shell(`script -qec "${command}" /dev/null`, { TERM: 'xterm', ...env })).stdout;
}

it.each([80, 40])(
  'shows the percentage of finished rows in one line of a terminal with %i columns',
  async (columns) => {
    const rowCount = 1_500;
    const output = await importOnTerminal(rowCount, columns, {});
    const frames = output
      .split(CLEAR_LINE)
      .slice(1)
      .map((frame) => stripVTControlCharacters(frame.split('\n')[0] ?? '').trimEnd());
    expect(frames.length).toBeGreaterThan(2);
    const bars = frames.filter((frame) => frame.startsWith('Importing'));
    for (const bar of bars) expect(bar.length, bar).toBeLessThan(columns);
    const shares = frames.flatMap((frame) => {
      const [, percent, done] = /(\d+) % +([\d,]+)/.exec(frame) ?? [];
      return percent === undefined
        ? []
        : [{ percent: Number(percent), done: Number(done?.replace(',', '')) }];
    });
    for (const { percent, done } of shares)
      expect(Math.abs(percent - (100 * done) / rowCount)).toBeLessThan(10);
    expect(shares.at(-1)).toEqual({ percent: 100, done: rowCount });
  },
);

it('writes no escape sequences to a terminal that understands none', async () => {
  const output = await importOnTerminal(100, 80, { TERM: 'dumb' });
  expect(output).toContain('Importing: 100 %, 100, ');
  expect(output).not.toContain('\u001b');
});
