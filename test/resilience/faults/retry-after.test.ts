import fc from 'fast-check';
import { PersonaClient, PersonaError } from 'persona-client';
import { describe, expect, it, onTestFinished } from 'vitest';
import { expectRejection } from '../../support/failures.js';
import { serveThroughProxy, settle } from '../../support/proxied-service.js';
import { rawResponse } from '../../support/raw-response.js';
import { addRow } from './support/report-table.js';
import { formatMs, measure, watchTimers } from './support/timers.js';

const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/** The three formats of an HTTP date. */
const DATE_FORMATS: Readonly<Record<string, (date: Date) => string>> = {
  'IMF-fixdate': (date) => date.toUTCString(),
  'RFC 850': (date) => {
    const [, day, month, year, time] = date.toUTCString().split(' ');
    return `${WEEKDAYS[date.getUTCDay()]}, ${day}-${month}-${year?.slice(2)} ${time} GMT`;
  },
  asctime: (date) => {
    const [weekday, day, month, year, time] = date.toUTCString().split(' ');
    return `${weekday?.slice(0, 3)} ${month} ${String(Number(day)).padStart(2)} ${time} ${year}`;
  },
};

/** The first request fails with 503 and these `Retry-After` headers. */
async function failOnce(...values: readonly string[]) {
  const { connect, proxy } = await serveThroughProxy({ seed: true });
  const requestTimes: number[] = [];
  proxy.chooseFault = () => {
    requestTimes.push(Date.now());
    const headers = values.map((value) => ['retry-after', value] as const);
    return requestTimes.length === 1
      ? { type: 'replace-response', response: rawResponse(503, '', headers), afterWrite: false }
      : undefined;
  };
  return { connect: () => connect({ retry: { backoffMs: 10 }, cache: false }), requestTimes };
}

describe('Retry-After', () => {
  it.for([['seconds', undefined], ...Object.entries(DATE_FORMATS)] as const)(
    'delays the retry: %s',
    async ([form, format], { task }) => {
      const retryTime = Math.ceil(Date.now() / 1000) * 1000 + 1000;
      const { connect, requestTimes } = await failOnce(format ? format(new Date(retryTime)) : '1');
      await connect().personas.get(1);
      const [first = 0, second = 0] = requestTimes;
      const delayMs = second - (format ? retryTime : first + 1000);
      const outcomes = `retried ${formatMs(delayMs)} after the requested time`;
      addRow(task, { fault: `503, Retry-After: ${form}`, calls: 1, sent: requestTimes.length, outcomes });
      expect(delayMs).toBeGreaterThanOrEqual(-1); // Date.now() has whole milliseconds
      expect(delayMs).toBeLessThan(1000);
    },
  );

  it('fails immediately with retryAfterMs if it exceeds the deadline', async ({ task }) => {
    const inAnHour = new Date(Date.now() + 3_600_000);
    const values = [
      '3600',
      '9999999999',
      '99999999999',
      ...Object.values(DATE_FORMATS).map((format) => format(inAnHour)),
    ];
    const durations: number[] = [];
    for (const value of values) {
      const { connect, requestTimes } = await failOnce(value);
      const client = connect();
      const { ms, result } = await measure(() =>
        expectRejection(PersonaError, client.personas.get(1, { deadlineMs: 60_000 })),
      );
      durations.push(ms);
      expect(result).toMatchObject({ code: 'server_error', attempts: 1 });
      expect(Reflect.get(result, 'retryAfterMs')).toBeGreaterThan(3_590_000);
      expect(result.timeline.at(-1)).toMatchObject({ event: 'retrySkipped', blockedBy: 'deadline' });
      expect(requestTimes).toHaveLength(1);
    }
    const outcomes = `failed within ${formatMs(Math.max(...durations))}`;
    addRow(task, {
      fault: '503, Retry-After beyond the deadline',
      calls: durations.length,
      sent: durations.length,
      outcomes,
    });
    expect(Math.max(...durations)).toBeLessThan(500);
  });

  it.for([
    ['-3'],
    ['1e11'],
    [''],
    ['0x10'],
    ['soon'],
    ['NaN'],
    ['Infinity'],
    ['-1, soon'],
    ['soon', '-2'],
    ['Sun, 06 Nov 1994 08:49:37 GMT'],
    ['Sunday, 06-Nov-94 08:49:37 GMT'],
    ['Sun Nov  6 08:49:37 1994'],
    ['Sun, 99 Nov 2994 99:99:99 GMT'],
    ['2026-11-22T00:00:00Z'],
  ])('is ignored if it is invalid or in the past: %s', async (values) => {
    const timers = watchTimers();
    const { connect, requestTimes } = await failOnce(...values);
    const { ms } = await measure(() => connect().personas.get(1));
    expect(requestTimes).toHaveLength(2);
    expect(ms).toBeLessThan(2_000);
    expect(timers.invalidMs).toEqual([]);
  });

  it('never starts a timer with an invalid delay, for any value', async ({ task }) => {
    const timers = watchTimers();
    const current = { retryAfter: '' as string | readonly string[] };
    let sent = 0;
    const failEverySecondRequest = async (): Promise<Response> => {
      if (++sent % 2 === 0) return Response.json({ status: 'ok' });
      const headers = new Headers();
      for (const value of [current.retryAfter].flat()) headers.append('retry-after', value);
      return new Response(null, { status: 503, headers });
    };
    const retry = { limit: 1, backoffMs: 0, budget: false } as const;
    const client = new PersonaClient({
      fetch: failEverySecondRequest,
      retry,
      breaker: false,
      deadlineMs: 500,
    });
    onTestFinished(() => client.close());
    const digits = fc.string({ unit: fc.constantFrom(...'0123456789.-+eE ,xGMT:'), maxLength: 30 });
    const date = fc
      .tuple(
        fc.date({ min: new Date(0), max: new Date('9999-01-01'), noInvalidDate: true }),
        fc.constantFrom(...Object.values(DATE_FORMATS)),
      )
      .map(([date, format]) => format(date));
    const latin = fc.string({
      unit: fc.constantFrom(...Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index))),
    });
    const anyValue = fc.oneof(
      digits,
      date,
      latin,
      fc.double().map(String),
      fc.integer({ min: -10, max: 0 }).map(String),
    );
    const calls = 100_000;
    await fc.assert(
      fc.asyncProperty(
        fc.oneof({ weight: 4, arbitrary: anyValue }, fc.array(anyValue, { maxLength: 3 })),
        async (value) => {
          current.retryAfter = value;
          const outcome = await settle(client.health.check());
          if ('error' in outcome) {
            expect(outcome.error).toBeInstanceOf(PersonaError);
            expect(outcome.error.code).toBe('server_error');
            sent = 0;
          }
        },
      ),
      { numRuns: calls },
    );
    const outcomes = `${timers.count} timers, ${timers.invalidMs.length} invalid, longest ${timers.maxMs} ms`;
    addRow(task, { fault: '503, Retry-After fuzzed', calls, sent: '', outcomes });
    expect(timers.invalidMs).toEqual([]);
    expect(timers.maxMs).toBeLessThanOrEqual(10_000);
  });
});
