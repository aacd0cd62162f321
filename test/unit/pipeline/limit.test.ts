import { afterEach, describe, expect, it, vi } from 'vitest';
import type { HttpResponse } from '../../../src/core/response.js';
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

afterEach(() => {
  vi.unstubAllGlobals();
});

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
    const waiting = send({ call, number: 1, headers: {} });
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
    vi.stubGlobal('setImmediate', undefined); // as in browsers, where a slot is released immediately
    const { running, next } = createGate();
    const send = limit(1)(next);
    const first = send(createAttempt());
    const { call, controller } = createCall();
    const waiting = send({ call, number: 1, headers: {} }).catch((reason: Error) => reason.message);
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
    await expect(limit(1)(next)({ call, number: 1, headers: {} })).rejects.toThrow('aborted');
    expect(running).toHaveLength(0);
  });
});
