import fc from 'fast-check';
import { PersonaClient, PersonaError } from 'persona-client';
import { describe, expect, it, onTestFinished } from 'vitest';
import { answered } from './support/raw.js';
import { tell } from './support/table.js';
import { inMs, timed, watchTimers } from './support/timers.js';
import { errorOf, settle, world } from './support/world.js';

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/** The three forms of an HTTP date. */
const FORMS: Readonly<Record<string, (at: Date) => string>> = {
  'IMF-fixdate': (at) => at.toUTCString(),
  'RFC 850': (at) => {
    const [, day, month, year, time] = at.toUTCString().split(' ');
    return `${DAYS[at.getUTCDay()]}, ${day}-${month}-${year?.slice(2)} ${time} GMT`;
  },
  asctime: (at) => {
    const [weekday, day, month, year, time] = at.toUTCString().split(' ');
    return `${weekday?.slice(0, 3)} ${month} ${String(Number(day)).padStart(2)} ${time} ${year}`;
  },
};

/** One 503 with this `Retry-After`, or these, and the service after it. */
async function busyOnce(...values: readonly string[]) {
  const { connect, proxy } = await world({ seed: true });
  const at: number[] = [];
  proxy.plan = () => {
    at.push(Date.now());
    const headers = values.map((value) => ['retry-after', value] as const);
    return at.length === 1
      ? { at: 'instead', answer: answered(503, '', headers), afterWrite: false }
      : undefined;
  };
  return { connect: () => connect({ retry: { backoffMs: 10 }, cache: false }), at };
}

describe('Retry-After', () => {
  it.for([['seconds', undefined], ...Object.entries(FORMS)] as const)(
    'in %s: never tried again earlier than asked',
    async ([form, write], { task }) => {
      const wanted = Math.ceil(Date.now() / 1000) * 1000 + 1000;
      const { connect, at } = await busyOnce(write ? write(new Date(wanted)) : '1');
      await connect().personas.get(1);
      const [first = 0, second = 0] = at;
      const late = second - (write ? wanted : first + 1000);
      const outcomes = `tried again ${inMs(late)} after the time asked for`;
      tell(task, { fault: `503, Retry-After in ${form}`, calls: 1, sent: at.length, outcomes });
      expect(late).toBeGreaterThanOrEqual(-1); // clocks in whole milliseconds
      expect(late).toBeLessThan(1000);
    },
  );

  it('longer than the deadline: fails at once and says how long', async ({ task }) => {
    const inAnHour = new Date(Date.now() + 3_600_000);
    const values = ['3600', '9999999999', ...Object.values(FORMS).map((write) => write(inAnHour))];
    const took: number[] = [];
    for (const value of values) {
      const { connect, at } = await busyOnce(value);
      const client = connect();
      const { ms, result } = await timed(() => errorOf(client.personas.get(1, { deadlineMs: 60_000 })));
      took.push(ms);
      expect(result).toMatchObject({ code: 'server_error', attempts: 1 });
      expect(Reflect.get(result, 'retryAfterMs')).toBeGreaterThan(3_590_000);
      expect(result.timeline.at(-1)).toMatchObject({ event: 'retrySkipped', blockedBy: 'deadline' });
      expect(at).toHaveLength(1);
    }
    const outcomes = `given up within ${inMs(Math.max(...took))}`;
    tell(task, {
      fault: '503, Retry-After beyond the deadline',
      calls: took.length,
      sent: took.length,
      outcomes,
    });
    expect(Math.max(...took)).toBeLessThan(500);
  });

  it.for([
    ['-3'],
    ['1.5'],
    ['1e11'],
    ['99999999999'],
    [''],
    ['0x10'],
    ['soon'],
    ['NaN'],
    ['Infinity'],
    ['120, 120'],
    ['1', '2'],
    ['3600', '3600'],
    ['Sun, 06 Nov 1994 08:49:37 GMT'],
    ['Sunday, 06-Nov-94 08:49:37 GMT'],
    ['Sun Nov  6 08:49:37 1994'],
    ['Sun, 99 Nov 2994 99:99:99 GMT'],
    ['2026-11-22T00:00:00Z'],
  ])('that makes no sense, or is past, is as none: %s', async (values) => {
    const timers = watchTimers();
    const { connect, at } = await busyOnce(...values);
    const { ms } = await timed(() => connect().personas.get(1));
    expect(at).toHaveLength(2);
    expect(ms).toBeLessThan(2_000);
    expect(timers.impossible).toEqual([]);
  });

  it('fuzzed: no timer is ever given NaN, a negative or too large a number', async ({ task }) => {
    const timers = watchTimers();
    const busy = { retry: '' as string | readonly string[] };
    let sent = 0;
    const answers = async (): Promise<Response> => {
      if (++sent % 2 === 0) return Response.json({ status: 'ok' });
      const headers = new Headers();
      for (const value of [busy.retry].flat()) headers.append('retry-after', value);
      return new Response(null, { status: 503, headers });
    };
    const retry = { limit: 1, backoffMs: 0, budget: false } as const;
    const client = new PersonaClient({ fetch: answers, retry, breaker: false, deadlineMs: 500 });
    onTestFinished(() => client.close());
    const digits = fc.string({ unit: fc.constantFrom(...'0123456789.-+eE ,xGMT:'), maxLength: 30 });
    const date = fc
      .tuple(
        fc.date({ min: new Date(0), max: new Date('9999-01-01'), noInvalidDate: true }),
        fc.constantFrom(...Object.values(FORMS)),
      )
      .map(([at, write]) => write(at));
    const latin = fc.string({
      unit: fc.constantFrom(...Array.from({ length: 95 }, (_, at) => String.fromCharCode(32 + at))),
    });
    const one = fc.oneof(
      digits,
      date,
      latin,
      fc.double().map(String),
      fc.integer({ min: -10, max: 0 }).map(String),
    );
    const calls = 100_000;
    await fc.assert(
      fc.asyncProperty(
        fc.oneof({ weight: 4, arbitrary: one }, fc.array(one, { maxLength: 3 })),
        async (value) => {
          busy.retry = value;
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
    const outcomes = `${timers.count} timers, ${timers.impossible.length} impossible, longest ${timers.most} ms`;
    tell(task, { fault: '503, Retry-After fuzzed', calls, sent: '', outcomes });
    expect(timers.impossible).toEqual([]);
    expect(timers.most).toBeLessThanOrEqual(10_000);
  });
});
