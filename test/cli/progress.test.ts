import { PassThrough } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import { duration, ProgressReport } from '../../src/cli/progress.js';

/** A report on a stream, with a clock that the test moves. */
function report(isTTY: boolean) {
  let now = 0;
  const stream = new PassThrough({ encoding: 'utf8' });
  const progress = new ProgressReport(
    'Importing',
    Object.assign(stream, { isTTY, getColorDepth: () => 1 }) as never,
    () => now,
  );
  return {
    progress,
    at: (ms: number) => {
      now = ms;
      return progress;
    },
    said: () => String(stream.read() ?? ''),
  };
}

describe('progress', () => {
  it('on a terminal is a bar with items, rate and what remains, drawn anew in its place', () => {
    vi.stubEnv('FORCE_COLOR', undefined);
    const { at, said } = report(true);
    at(1_000).update({ done: 100, total: 1_000 });
    at(1_050).update({ done: 105, total: 1_000 }); // too soon to be seen
    at(2_000).update({ done: 500, total: 1_000, aside: '3 rejected' });
    expect(
      said()
        .split('\r')
        .slice(1)
        .map((drawn) => drawn.replace('\u001b[2K', '')),
    ).toEqual([
      'Importing ██░░░░░░░░░░░░░░░░░░░░░░  10 %  100/1,000  100/s  9 s left',
      'Importing ████████████░░░░░░░░░░░░  50 %  500/1,000  400/s  2 s left  3 rejected',
    ]);
    at(4_000).end({ done: 1_000, total: 1_000 });
    expect(said()).toMatch(/█{24} 100 % {2}1,000\/1,000 {2}250\/s {2}4 s\n$/);
  });

  it('gives way to lines that are said meanwhile', () => {
    const { at, progress, said } = report(true);
    at(1_000).update({ done: 1, total: 10 });
    progress.say('row 3: is broken');
    at(1_001).update({ done: 2, total: 10 });
    const [, , line, redrawn] = said().split('\u001b[2K');
    expect(line).toBe('row 3: is broken\n\r');
    expect(redrawn).toContain('2/10');
  });

  it('elsewhere is a line now and then, without codes', () => {
    const { at, said } = report(false);
    at(1_000).update({ done: 10, share: 0.1 });
    at(6_000).update({ done: 60, share: 0.6 });
    at(7_000).update({ done: 70, share: 0.7 });
    at(10_000).end({ done: 100, share: 1 });
    expect(said()).toBe('Importing: 60 %, 60, 10/s, 4 s left\nImporting: 100 %, 100, 10/s, 10 s\n');
  });

  it('without a known end tells items and rate', () => {
    const { at, said } = report(false);
    at(10_000).end({ done: 50 });
    expect(said()).toBe('Importing: 50, 5/s\n');
  });
});

it('durations are told in the largest two units', () => {
  expect([0.2, 59.1, 61, 3_661, Number.POSITIVE_INFINITY].map(duration)).toEqual([
    ...['1 s', '1 min 0 s', '1 min 1 s', '1 h 1 min', 'unknown'],
  ]);
});
