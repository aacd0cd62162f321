import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { retryAfterMs } from '../../../src/core/response.js';
import { answer } from '../../support/pipeline.js';

const of = (value: string) => retryAfterMs(answer(503, {}, { 'retry-after': value }));

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-11-22T12:00:00Z') });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('retryAfter', () => {
  it('reads seconds', () => {
    expect(of('0')).toBe(0);
    expect(of(' 120 ')).toBe(120_000);
  });

  it.each(['Sun, 22 Nov 2026 12:00:30 GMT', 'Sunday, 22-Nov-26 12:00:30 GMT', 'Sun Nov 22 12:00:30 2026'])(
    'reads the date form %j',
    (value) => {
      expect(of(value)).toBe(30_000);
    },
  );

  it('reads a date that has passed as now', () => {
    expect(of('Sun, 22 Nov 2026 11:00:00 GMT')).toBe(0);
  });

  it('says nothing when there is nothing, or nothing sensible', () => {
    expect(retryAfterMs(answer(503))).toBeUndefined();
    for (const value of [
      '-3',
      '1.5',
      '1e3',
      '12345678901',
      '2026',
      'x',
      '3, 3',
      'Sun, 99 Nov 2026 12:00:30 GMT',
    ])
      expect([value, of(value)]).toEqual([value, value === '2026' ? 2_026_000 : undefined]);
  });

  it('never gives what a timer cannot take, whatever is sent', () => {
    const tokens = fc.constantFrom(
      '-',
      '.',
      'e',
      ' ',
      'GMT',
      'Sun',
      'Nov',
      ':',
      ',',
      '0',
      '9',
      '22',
      '2026',
      '1e11',
    );
    const header = fc.oneof(
      fc.stringMatching(/^[\x20-\x7e]{0,40}$/),
      fc.array(tokens, { maxLength: 8 }).map((t) => t.join('')),
    );
    fc.assert(
      fc.property(header, (value) => {
        const ms = of(value);
        return ms === undefined || (Number.isFinite(ms) && ms >= 0);
      }),
      { numRuns: 20_000 },
    );
  });
});
