import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Call, renewLease } from '../../../src/core/call.js';
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
