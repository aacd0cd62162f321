import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Call, renewLease } from '../../../src/core/call.js';
import { createProgress, type Priority, raisePriority } from '../../../src/core/call-progress.js';
import type { HttpResponse } from '../../../src/core/response.js';
import type { Send } from '../../../src/pipeline/layer.js';
import { limit } from '../../../src/pipeline/limit.js';
import { createAttempt, createCall, createResponse, deferred } from '../../support/pipeline.js';

/** A `next` whose exchanges settle on demand. */
function createGate() {
  const running: {
    done: Promise<HttpResponse>;
    finish: (response: HttpResponse) => void;
    fail: (error: Error) => void;
  }[] = [];
  const next = () => {
    const { promise, resolve, reject } = deferred<HttpResponse>();
    running.push({ done: promise, finish: resolve, fail: reject });
    return promise;
  };
  return { running, next };
}

const nextTurn = setImmediate;
/** Waits two turns of the event loop, since a slot is released one turn later. */
const waitTwoTurns = () => new Promise<void>((resolve) => nextTurn(() => nextTurn(resolve)));

afterEach(() => void vi.useRealTimers());

describe('limit', () => {
  it('runs `concurrency` exchanges at a time, and the others in order', async () => {
    const { running, next } = createGate();
    const send = limit(2)(next);
    const order: number[] = [];
    const calls = [1, 2, 3, 4].map((n) => send(createAttempt()).then(() => order.push(n)));
    await waitTwoTurns();
    expect(running).toHaveLength(2);
    running[1]?.finish(createResponse(200));
    await waitTwoTurns();
    expect(running).toHaveLength(3);
    running[2]?.finish(createResponse(200));
    await waitTwoTurns();
    running[3]?.finish(createResponse(200));
    await waitTwoTurns();
    running[0]?.finish(createResponse(200));
    await Promise.all(calls);
    expect(order).toEqual([2, 3, 4, 1]);
  });

  it('releases a slot one event-loop turn later, or immediately if the transport limits its connections', async () => {
    const startedAfterFirst = async (transport?: { connections: number }) => {
      const { running, next } = createGate();
      const send = limit(1, transport)(next);
      const first = send(createAttempt());
      const second = send(createAttempt());
      await waitTwoTurns();
      running[0]?.finish(createResponse(200));
      await first;
      for (let microtasks = 0; microtasks < 5; microtasks++) await undefined;
      const started = running.length;
      await waitTwoTurns();
      running[1]?.finish(createResponse(200));
      await second;
      return started;
    };
    expect(await startedAfterFirst()).toBe(1);
    expect(await startedAfterFirst({ connections: 2 })).toBe(1);
    expect(await startedAfterFirst({ connections: 1 })).toBe(2);
  });

  it.each(['setInterval', 'clearInterval', 'clearTimeout', 'MessageChannel'])(
    'gives the places in the queue back if %s throws',
    async (name) => {
      vi.stubGlobal(name, () => {
        throw new Error('not supported');
      });
      onTestFinished(() => void vi.unstubAllGlobals());
      const send = limit(1)(async () => createResponse(200));
      const calls = Array.from({ length: 5 }, () => send(createAttempt()));
      for (const response of await Promise.all(calls)) expect(response.status).toBe(200);
    },
  );

  it('releases the slot after a failure', async () => {
    const { running, next } = createGate();
    const send = limit(1)(next);
    const first = send(createAttempt());
    const second = send(createAttempt());
    await waitTwoTurns();
    running[0]?.fail(new Error('failed'));
    await expect(first).rejects.toThrow('failed');
    await waitTwoTurns();
    running[1]?.finish(createResponse(200));
    await expect(second).resolves.toMatchObject({ status: 200 });
  });

  it('removes an aborted call from the queue immediately', async () => {
    const { running, next } = createGate();
    const send = limit(1)(next);
    const first = send(createAttempt());
    const { call, controller } = createCall();
    const waiting = send({ call, number: 1 });
    const last = send(createAttempt());
    controller.abort(new Error('aborted'));
    await expect(waiting).rejects.toThrow('aborted');
    running[0]?.finish(createResponse(200));
    await first;
    await waitTwoTurns();
    expect(running).toHaveLength(2);
    running[1]?.finish(createResponse(200));
    await last;
  });

  it('releases the slot if the call aborts just as it gets the slot', async () => {
    const { running, next } = createGate();
    const send = limit(1, { connections: 1 })(next); // the next call does not wait for another turn
    const first = send(createAttempt());
    const { call, controller } = createCall();
    const waiting = send({ call, number: 1 }).catch((reason: Error) => reason.message);
    const last = send(createAttempt());
    await waitTwoTurns();
    running[0]?.done.then(() => controller.abort(new Error('aborted'))); // after the release, before the next call continues
    running[0]?.finish(createResponse(200));
    await first;
    await waitTwoTurns();
    expect(running).toHaveLength(2);
    running[1]?.finish(createResponse(200));
    await expect(last).resolves.toMatchObject({ status: 200 });
    expect(await waiting).toBe('aborted');
  });

  it('sends nothing for a call that has already aborted', async () => {
    const { running, next } = createGate();
    const { call, controller } = createCall();
    controller.abort(new Error('aborted'));
    await expect(limit(1)(next)({ call, number: 1 })).rejects.toThrow('aborted');
    expect(running).toHaveLength(0);
  });
});

describe('limit: lost calls', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'setTimeout', 'performance', 'Date'] }));

  class LostPromise<T> extends Promise<T> {
    constructor(executor: (resolve: (value: T) => void, reject: (reason: unknown) => void) => void) {
      super(() =>
        executor(
          () => {},
          () => {},
        ),
      );
    }
  }

  /** Starts an attempt whose runtime drops its timers and promises. */
  function loseCall(send: Send, overrides: Partial<Call> = {}) {
    for (const name of ['setInterval', 'setTimeout']) vi.stubGlobal(name, () => 0);
    vi.stubGlobal('Promise', LostPromise);
    void send(createAttempt(overrides));
    vi.unstubAllGlobals();
  }
  const never = () => new Promise<never>(() => {});

  it('return their slots to a later call after their timeout', async () => {
    const next = vi.fn<Send>(never);
    const send = limit(2)(next);
    for (let index = 0; index < 2; index++) loseCall(send, { timeoutMs: 1_000 });
    void send(createAttempt());
    expect(next).toHaveBeenCalledTimes(2);
    await vi.advanceTimersByTimeAsync(1_000);
    void send(createAttempt());
    await vi.advanceTimersByTimeAsync(1_000);
    await waitTwoTurns();
    expect(next).toHaveBeenCalledTimes(4);
  });

  it('return their slots to the calls in the queue, in order', async () => {
    const started: number[] = [];
    const send = limit(1)(({ call }) => {
      started.push(call.callId);
      return call.callId === 0 ? never() : Promise.resolve(createResponse(200));
    });
    loseCall(send, { callId: 0, timeoutMs: 5_000 });
    const calls = Array.from({ length: 8_000 }, (_, index) => send(createAttempt({ callId: index + 1 })));
    await vi.advanceTimersByTimeAsync(4_500);
    expect(started).toEqual([0]);
    await vi.advanceTimersByTimeAsync(1_500);
    await Promise.all(calls);
    expect(started).toEqual(Array.from({ length: 8_001 }, (_, index) => index));
  });

  it('in the queue do not delay the calls behind them', async () => {
    const { running, next } = createGate();
    const send = limit(1)(next);
    const first = send(createAttempt());
    for (let index = 0; index < 100; index++) loseCall(send);
    let isServed = false;
    const last = send(createAttempt()).then(() => {
      isServed = true;
    });
    running[0]?.finish(createResponse(200)); // the slot goes to a lost call, which cannot use it
    await first;
    await vi.advanceTimersByTimeAsync(3_500);
    await waitTwoTurns();
    running.at(-1)?.finish(createResponse(200));
    await last;
    expect(isServed).toBe(true);
  });

  it('include no call that waits long in the queue, or whose steps take long together', async () => {
    const { running, next } = createGate();
    const send = limit(1)(next);
    const { call } = createCall({ timeoutMs: 1_000 });
    const first = send({ call, number: 1 });
    const second = send(createAttempt({ timeoutMs: 1_000 }));
    for (let elapsedMs = 0; elapsedMs < 60_000; elapsedMs += 900) {
      renewLease(call); // such as a login, then the attempt
      await vi.advanceTimersByTimeAsync(900);
    }
    expect(running).toHaveLength(1);
    running[0]?.finish(createResponse(200));
    await first;
    await waitTwoTurns();
    expect(running).toHaveLength(2);
    running[1]?.finish(createResponse(200));
    await second;
  });

  it('never exceed the concurrency after a pause in which all leases expired', async () => {
    const now = performance.now.bind(performance);
    let pausedMs = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => now() + pausedMs);
    const { running, next } = createGate();
    const send = limit(2)(next);
    const calls = Array.from({ length: 100 }, () => send(createAttempt({ timeoutMs: 1_000 })));
    pausedMs = 60_000; // the timers fire before anything that arrived meanwhile
    await vi.advanceTimersByTimeAsync(250);
    expect(running).toHaveLength(2);
    for (let index = 0; index < calls.length; index++) {
      running[index]?.finish(createResponse(200));
      await waitTwoTurns();
      expect(running.length).toBeLessThanOrEqual(index + 3);
    }
    await Promise.all(calls);
  });

  it('are not found among live calls by a clock that is set forward', async () => {
    const { running, next } = createGate();
    const send = limit(2)(next);
    for (let index = 0; index < 100; index++) void send(createAttempt());
    vi.setSystemTime(Date.now() + 3_600_000);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(running).toHaveLength(2);
  });

  it('keep their order if all of them were paused', async () => {
    const started: number[] = [];
    const gate = deferred<HttpResponse>();
    const send = limit(1)(({ call }) => {
      started.push(call.callId);
      return gate.promise;
    });
    const calls = [1, 2, 3, 4].map((callId) => send(createAttempt({ callId })));
    vi.setSystemTime(Date.now() + 8 * 3_600_000); // no timer fires
    gate.resolve(createResponse(200));
    await Promise.all(calls);
    expect(started).toEqual([1, 2, 3, 4]);
  });
});

describe('limit: priorities', () => {
  /** Sends calls through a limiter with one slot, and records in which order they get the slot. */
  function createRecorder() {
    const started: string[] = [];
    const finishes: (() => void)[] = [];
    const send = limit(1, { connections: 1 })(({ call }) => {
      started.push(call.name);
      const { promise, resolve } = deferred<HttpResponse>();
      finishes.push(() => resolve(createResponse(200)));
      return promise;
    });
    return {
      started,
      start: (name: string, priority: Priority, overrides: Partial<Call> = {}) => {
        const { call, controller } = createCall({ name, progress: createProgress(priority), ...overrides });
        const done = send({ call, number: 1 }).catch(() => {});
        return { call, controller, done };
      },
      /** Ends the running exchange, and lets the next call start. */
      finish: async () => {
        finishes.at(-1)?.();
        await waitTwoTurns();
      },
    };
  }

  it('lets interactive calls pass background calls, and keeps the order of each kind', async () => {
    const { started, start, finish } = createRecorder();
    start('running', 'background');
    for (const name of ['b1', 'b2']) start(name, 'background');
    for (const name of ['i1', 'i2']) start(name, 'interactive');
    for (let index = 0; index < 4; index++) await finish();
    expect(started).toEqual(['running', 'i1', 'i2', 'b1', 'b2']);
  });

  it('gives every fourth slot to a background call while calls of both kinds wait', async () => {
    const { started, start, finish } = createRecorder();
    start('running', 'interactive');
    for (let index = 1; index <= 3; index++) start(`b${index}`, 'background');
    for (let index = 1; index <= 12; index++) start(`i${index}`, 'interactive');
    for (let index = 0; index < 15; index++) await finish();
    expect(started.slice(1).join(' ')).toBe('i1 i2 i3 b1 i4 i5 i6 b2 i7 i8 i9 b3 i10 i11 i12');
  });

  it('counts the slots of interactive calls only while a background call waits', async () => {
    const { started, start, finish } = createRecorder();
    start('running', 'interactive');
    for (let index = 1; index <= 5; index++) start(`i${index}`, 'interactive');
    for (let index = 0; index < 5; index++) await finish();
    start('b1', 'background');
    for (let index = 6; index <= 9; index++) start(`i${index}`, 'interactive');
    for (let index = 0; index < 5; index++) await finish();
    expect(started.slice(6).join(' ')).toBe('i6 i7 i8 b1 i9');
  });

  it('moves a call to the end of the interactive queue when its priority is raised', async () => {
    const { started, start, finish } = createRecorder();
    start('running', 'interactive');
    start('b1', 'background');
    const { call } = start('b2', 'background');
    start('i1', 'interactive');
    raisePriority(call.progress);
    start('i2', 'interactive');
    raisePriority(call.progress); // keeps its place
    for (let index = 0; index < 4; index++) await finish();
    expect(started).toEqual(['running', 'i1', 'b2', 'i2', 'b1']);
  });

  it('queues no call again whose priority is raised after it has got a slot', async () => {
    const { started, start, finish } = createRecorder();
    start('running', 'interactive');
    const { call } = start('b1', 'background');
    await finish();
    raisePriority(call.progress);
    start('i1', 'interactive');
    await finish();
    raisePriority(call.progress);
    start('i2', 'interactive');
    await finish();
    expect(started).toEqual(['running', 'b1', 'i1', 'i2']);
  });

  it('removes aborted calls from both queues, and a call whose priority was raised', async () => {
    const { started, start, finish } = createRecorder();
    start('running', 'interactive');
    const aborted = [start('b1', 'background'), start('i1', 'interactive'), start('b2', 'background')];
    const last = start('b3', 'background');
    raisePriority(aborted[2]?.call.progress ?? expect.fail());
    for (const { controller, done } of aborted) {
      controller.abort(new Error('aborted'));
      await done;
    }
    await finish();
    await finish();
    await last.done;
    expect(started).toEqual(['running', 'b3']);
  });

  it('gives a slot to a live background call before lost interactive ones', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'performance'] });
    const { started, start, finish } = createRecorder();
    start('running', 'interactive');
    const { call: lost } = start('lost', 'interactive');
    start('b1', 'background');
    lost.progress.leaseExpiresAt = performance.now(); // as if the runtime had dropped its heartbeat
    await finish();
    expect(started).toEqual(['running', 'b1']);
  });

  it('neither loses, repeats nor starves a call in any order of arrivals, aborts and responses', async () => {
    const action = fc.oneof(
      fc.constantFrom<Priority>('interactive', 'background'),
      fc.record({ abort: fc.nat(30) }),
      fc.record({ raise: fc.nat(30) }),
      fc.constant('finish' as const),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 60 }), async (actions) => {
        const { started, start, finish } = createRecorder();
        const calls: (ReturnType<typeof start> & { name: string })[] = [];
        const ended = new Set<string>();
        const raised = new Set<string>();
        const waitsAs = (priority: Priority) =>
          calls.filter(
            ({ call, name }) =>
              call.progress.priority === priority && !started.includes(name) && !ended.has(name),
          );
        let interactiveInARow = 0;
        const finishAndCheck = async () => {
          const [interactive, background] = [waitsAs('interactive'), waitsAs('background')];
          const before = started.length;
          await finish();
          const next = started[before];
          if (interactive.length + background.length > 0) expect(next).toBeDefined();
          if (next === undefined) return;
          const isBackground = background.some(({ name }) => name === next);
          const waiting = isBackground ? background : interactive;
          if (![...waiting].some(({ name }) => raised.has(name))) expect(waiting[0]?.name).toBe(next);
          if (interactive.length > 0 && background.length > 0)
            interactiveInARow = isBackground ? 0 : interactiveInARow + 1;
          expect(interactiveInARow).toBeLessThanOrEqual(3);
        };
        for (const step of actions) {
          if (step === 'finish') await finishAndCheck();
          else if (typeof step === 'string') {
            const name = `${calls.length}`;
            calls.push({ name, ...start(name, step) });
          } else {
            const target = calls['abort' in step ? step.abort : step.raise];
            if (!target || started.includes(target.name)) continue;
            if ('raise' in step) {
              raised.add(target.name);
              raisePriority(target.call.progress);
            } else {
              ended.add(target.name);
              target.controller.abort(new Error('aborted'));
              await target.done;
            }
          }
        }
        while (started.length + ended.size < calls.length) await finishAndCheck();
        await finish();
        await Promise.all(calls.map(({ done }) => done));
        expect(new Set(started).size).toBe(calls.length - ended.size);
        expect(started).toHaveLength(calls.length - ended.size);
      }),
      { numRuns: 150 },
    );
  });
});
