import { PersonaError } from 'persona-client';
import { describe, expect, onTestFinished, test } from 'vitest';
import { hasReachedPoint, KINDS, type Kind } from './support/kinds.js';
import { addCell, type Column } from './support/report-table.js';
import type { ForeignPromises } from './support/request-runtime.js';
import { type Outcome, World } from './support/world.js';

const HOUR = 3_600_000;
/** What the client may add to the maximum age: callers wait a little longer than the work itself. */
const GRACE_MS = 250;
const GARBAGE: readonly (() => unknown)[] = [
  () => new Response('<html>', { status: 200, headers: { 'content-type': 'text/html' } }),
  () => new Response('[', { status: 200, headers: { 'content-type': 'application/json' } }),
  () => undefined,
  () => {
    throw undefined;
  },
  () => {
    throw 'odd';
  },
];

async function setup(kind: Kind, foreignPromises?: ForeignPromises) {
  const world = await World.create(foreignPromises, kind.service);
  onTestFinished(() => world.dispose());
  const callers = await kind.setup(world);
  const owner = world.start(callers.owner);
  expect(await world.clock.advanceUntil(() => hasReachedPoint(world, callers)), 'reached the point').toBe(
    true,
  );
  return { world, callers, owner };
}

/** Shows how a caller ended. */
function describeOutcome({ ms, ...outcome }: Outcome): string {
  if (ms === undefined) return 'never ends';
  if (!('error' in outcome)) return `ok ${Math.round(ms)} ms`;
  const { error } = outcome;
  return error instanceof PersonaError
    ? `${error.code} ${Math.round(ms)} ms`
    : `RAW ${String(error).slice(0, 40)}`;
}

/** Checks that a caller succeeded within a limit, and adds its cell to the table. */
function check(
  task: Parameters<typeof addCell>[0],
  kind: Kind,
  column: Column,
  outcomes: readonly Outcome[],
  limitMs: number,
  problems: readonly string[] = [],
): void {
  const failed = outcomes.find(({ ms, error }) => ms === undefined || error !== undefined || ms > limitMs);
  const slowest = outcomes.reduce((a, b) => ((a.ms ?? 0) >= (b.ms ?? 0) ? a : b));
  const text = [describeOutcome(failed ?? slowest), ...problems].join(', ');
  const isRight = failed === undefined && problems.length === 0;
  addCell(task, { kind: kind.name, column, text: `${text}${isRight ? '' : ' !'}`, limitMs: kind.limitMs });
  expect(isRight, `${kind.name}, ${column}: ${text}; the limit is ${limitMs} ms`).toBe(true);
}

const unhandledIn = (world: World) =>
  world.unhandled.length > 0 ? [`unhandled ${String(world.unhandled[0]).slice(0, 60)}`] : [];

describe.each(KINDS)('$name', (kind) => {
  const limitMs = kind.limitMs + GRACE_MS;

  describe.each([
    { promises: 'never settle', column: 'owner gone' },
    { promises: 'reject', column: 'owner gone, promises reject' },
  ] as const)('the owner is gone, and promises of its request $promises', ({ promises, column }) => {
    test('the next caller comes later', async ({ task }) => {
      const { world, callers, owner } = await setup(kind, promises);
      owner.end();
      world.stopHolding();
      const outcome = await world.measure(world.start(callers.next));
      check(task, kind, column, [outcome], limitMs, unhandledIn(world));
    });

    test('the next caller already waits', async ({ task }) => {
      const { world, callers, owner } = await setup(kind, promises);
      const next = world.start(callers.next);
      await world.clock.advance(10);
      owner.end();
      world.stopHolding();
      check(task, kind, `${column}, joined`, [await world.measure(next)], limitMs, unhandledIn(world));
    });
  });

  test('the machine slept for eight hours', async ({ task }) => {
    const { world, callers } = await setup(kind);
    world.clock.moveWallClock(8 * HOUR);
    world.stopHolding(); // the connection of the owner is dead
    const { limitAfterSleepMs = kind.limitMs } = kind;
    const outcome = await world.measure(world.start(callers.next));
    check(task, kind, 'sleep', [outcome], limitAfterSleepMs + GRACE_MS, unhandledIn(world));
  });

  test('the process was frozen for five seconds', async ({ task }) => {
    const { world, callers, owner } = await setup(kind);
    const next = world.start(callers.next);
    await world.clock.settle();
    world.clock.freeze(5_000);
    world.clock.fireDueTimers(); // before the event loop delivers the response
    world.release();
    const outcomes = [await world.measure(next), await world.measure(owner)];
    const { circuit } = callers.client;
    check(task, kind, 'freeze', outcomes, limitMs, circuit === 'closed' ? [] : [`circuit ${circuit}`]);
  });

  test('the wall clock is set forward', async ({ task }) => {
    const { world, callers, owner } = await setup(kind);
    world.clock.moveWallClock(8 * HOUR);
    const next = world.start(callers.next);
    await world.clock.settle();
    world.release();
    const outcomes = [await world.measure(next), await world.measure(owner)];
    check(task, kind, 'clock forward', outcomes, limitMs);
  });

  test('the wall clock is set back', async ({ task }) => {
    const countRequests = async (jumpMs: number) => {
      const { world, callers, owner } = await setup(kind);
      world.clock.moveWallClock(jumpMs);
      const next = world.start(callers.next);
      await world.clock.settle();
      world.release();
      const outcomes = [await world.measure(next), await world.measure(owner)];
      return { outcomes, requests: world.requests.length };
    };
    const without = await countRequests(0);
    const { outcomes, requests } = await countRequests(-8 * HOUR);
    const extra = requests - without.requests;
    const limit = Math.max(...without.outcomes.map(({ ms = 0 }) => ms));
    check(task, kind, 'clock back', outcomes, limit, extra === 0 ? [] : [`${extra} more requests`]);
  });

  test.for(kind.garbage ?? GARBAGE)('the work returns garbage: %s', async (garbage, { task }) => {
    const { world, callers, owner } = await setup(kind);
    world.release(garbage);
    await world.measure(owner);
    const outcome = await world.measure(world.start(callers.next));
    check(task, kind, 'garbage', [outcome], (kind.limitAfterGarbageMs ?? 0) + GRACE_MS);
  });
});
