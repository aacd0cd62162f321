import { PassThrough } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import { formatDuration, ProgressBar } from '../../src/cli/progress.js';

/** Creates a progress bar with a stream in memory and a clock that the test sets. */
function createProgress(isTTY: boolean, columns = 100) {
  let now = 0;
  const stream = new PassThrough({ encoding: 'utf8' });
  const progress = new ProgressBar(
    'Importing',
    Object.assign(stream, { isTTY, columns, getColorDepth: () => 1 }) as never,
    () => now,
  );
  return {
    progress,
    atTime: (ms: number) => {
      now = ms;
      return progress;
    },
    readOutput: () => String(stream.read() ?? ''),
  };
}

describe('progress', () => {
  it('redraws a bar with count, rate and remaining time on a terminal', () => {
    vi.stubEnv('FORCE_COLOR', undefined);
    const { atTime, readOutput } = createProgress(true);
    atTime(1_000).update({ done: 100, total: 1_000 });
    atTime(1_050).update({ done: 105, total: 1_000 }); // ignored: too soon after the last update
    atTime(2_000).update({ done: 500, total: 1_000, note: '3 rejected' });
    expect(
      readOutput()
        .split('\r')
        .slice(1)
        .map((line) => line.replace('\u001b[2K', '')),
    ).toEqual([
      'Importing ██░░░░░░░░░░░░░░░░░░░░░░  10 %  100/1,000  100/s  9 s left',
      'Importing ████████████░░░░░░░░░░░░  50 %  500/1,000  400/s  2 s left  3 rejected',
    ]);
    atTime(4_000).end({ done: 1_000, total: 1_000 });
    expect(readOutput()).toMatch(/█{24} 100 % {2}1,000\/1,000 {2}250\/s {2}4 s\n$/);
  });

  it.each([120, 80, 60, 40, 20, 8])('fits a terminal of %i columns', (columns) => {
    vi.stubEnv('FORCE_COLOR', undefined);
    const { atTime, readOutput } = createProgress(true, columns);
    for (let step = 1; step <= 50; step++)
      atTime(step * 1_000).update({
        done: 123_456 * step,
        fraction: step / 50,
        note: `${step} rejected, 3 failed`,
      });
    const lines = readOutput().split('\r\u001b[2K').slice(1);
    expect(lines).toHaveLength(50);
    for (const line of lines) expect(line.length, line).toBeLessThan(columns);
    expect(lines[24]).toContain('Importing'.slice(0, columns - 1));
    if (columns >= 20) expect(lines[24]).toContain(' 50 %');
  });

  it('writes plain lines to a terminal without cursor movement', () => {
    vi.stubEnv('TERM', 'dumb');
    const { atTime, readOutput } = createProgress(true);
    atTime(6_000).update({ done: 60, fraction: 0.6 });
    expect(readOutput()).toBe('Importing: 60 %, 60, 10/s, 4 s left\n');
  });

  it('writes log lines above the bar', () => {
    const { atTime, progress, readOutput } = createProgress(true);
    atTime(1_000).update({ done: 1, total: 10 });
    progress.log('row 3: is invalid');
    atTime(1_001).update({ done: 2, total: 10 });
    const [, , line, bar] = readOutput().split('\u001b[2K');
    expect(line).toBe('row 3: is invalid\n\r');
    expect(bar).toContain('2/10');
  });

  it('writes plain lines every 5 seconds if the stream is not a terminal', () => {
    const { atTime, readOutput } = createProgress(false);
    atTime(1_000).update({ done: 10, fraction: 0.1 });
    atTime(6_000).update({ done: 60, fraction: 0.6 });
    atTime(7_000).update({ done: 70, fraction: 0.7 });
    atTime(10_000).end({ done: 100, fraction: 1 });
    expect(readOutput()).toBe('Importing: 60 %, 60, 10/s, 4 s left\nImporting: 100 %, 100, 10/s, 10 s\n');
  });

  it('shows count and rate if the total is unknown', () => {
    const { atTime, readOutput } = createProgress(false);
    atTime(10_000).end({ done: 50 });
    expect(readOutput()).toBe('Importing: 50, 5/s\n');
  });
});

it('formats durations in the two largest units', () => {
  expect([0.2, 59.1, 61, 3_661, Number.POSITIVE_INFINITY].map(formatDuration)).toEqual([
    ...['1 s', '1 min 0 s', '1 min 1 s', '1 h 1 min', 'unknown'],
  ]);
});
