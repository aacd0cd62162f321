import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseRetryAfterMs } from '../../../src/core/response.js';
import { createResponse } from '../../support/pipeline.js';

const parse = (value: string) => parseRetryAfterMs(createResponse(503, {}, { 'retry-after': value }));

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-11-22T12:00:00Z') });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('parseRetryAfterMs', () => {
  it.each([
    ['0', 0],
    [' 120 ', 120_000],
    ['2026', 2_026_000],
    ['1.5', 2_000],
    ['0.001', 1_000],
    ['3, 5', 5_000],
    ['soon, 3', 3_000],
    ['12345678901', 1e13],
    ['9'.repeat(400), 1e13],
    ['0000000000000000005', 5_000],
  ])('parses the seconds %j', (value, expected) => {
    expect(parse(value)).toBe(expected);
  });

  it.each(['Sun, 22 Nov 2026 12:00:30 GMT', 'Sunday, 22-Nov-26 12:00:30 GMT', 'Sun Nov 22 12:00:30 2026'])(
    'parses the date %j',
    (value) => {
      expect(parse(value)).toBe(30_000);
    },
  );

  it('returns the longest delay of several dates and numbers', () => {
    expect(parse('Sun, 22 Nov 2026 12:00:30 GMT, 7, Sunday, 22-Nov-26 12:00:40 GMT')).toBe(40_000);
    expect(parse('60, Sun, 22 Nov 2026 12:00:30 GMT')).toBe(60_000);
  });

  it('returns 0 for a date in the past', () => {
    expect(parse('Sun, 22 Nov 2026 11:00:00 GMT')).toBe(0);
  });

  it('returns undefined without the header', () => {
    expect(parseRetryAfterMs(createResponse(503))).toBeUndefined();
  });

  it.each(['-3', '1.', '1e3', 'x', '-3, x', 'Sun, 99 Nov 2026 12:00:30 GMT'])(
    'returns undefined for the invalid value %j',
    (value) => {
      expect(parse(value)).toBeUndefined();
    },
  );

  it('returns a finite, non-negative number or undefined for any value', () => {
    const tokens = fc.constantFrom(
      ...['-', '.', 'e', ' ', 'GMT', 'Sun', 'Nov', ':', ',', '0', '9', '22', '2026', '1e11'],
    );
    const header = fc.oneof(
      fc.stringMatching(/^[\x20-\x7e]{0,40}$/),
      fc.array(tokens, { maxLength: 8 }).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(header, (value) => {
        const ms = parse(value);
        return ms === undefined || (Number.isFinite(ms) && ms >= 0);
      }),
      { numRuns: 20_000 },
    );
  });
});
