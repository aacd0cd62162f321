import { afterEach, describe, expect, it, vi } from 'vitest';
import type { HttpResponse } from '../../../src/core/response.js';
import { limit } from '../../../src/pipeline/limit.js';
import { aCall, anAttempt, answer, deferred } from '../../support/pipeline.js';

/** A `next` whose exchanges end when told to. */
function gate() {
  const running: {
    done: Promise<HttpResponse>;
    finish: (answer: HttpResponse) => void;
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
/** Two turns of the event loop: a place is given on in the next one. */
const settle = () => new Promise<void>((resolve) => nextTurn(() => nextTurn(resolve)));

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('limit', () => {
  it('lets through so many at a time, and the others in the order they came', async () => {
    const { running, next } = gate();
    const send = limit(2)(next);
    const order: number[] = [];
    const calls = [1, 2, 3, 4].map((n) => send(anAttempt()).then(() => order.push(n)));
    await settle();
    expect(running).toHaveLength(2);
    running[1]?.finish(answer(200));
    await settle();
    expect(running).toHaveLength(3);
    running[2]?.finish(answer(200));
    await settle();
    running[3]?.finish(answer(200));
    running[0]?.finish(answer(200));
    await Promise.all(calls);
    expect(order).toEqual([2, 3, 4, 1]);
  });

  it('gives a place on in the next turn; at once where the transport opens no more sockets', async () => {
    const afterTheFirst = async (transport?: { connections: number }) => {
      const { running, next } = gate();
      const send = limit(1, transport)(next);
      const first = send(anAttempt());
      const second = send(anAttempt());
      await settle();
      running[0]?.finish(answer(200));
      await first;
      for (let microtasks = 0; microtasks < 5; microtasks++) await undefined;
      const begun = running.length;
      await settle();
      running[1]?.finish(answer(200));
      await second;
      return begun;
    };
    expect(await afterTheFirst()).toBe(1);
    expect(await afterTheFirst({ connections: 2 })).toBe(1);
    expect(await afterTheFirst({ connections: 1 })).toBe(2);
  });

  it('gives the place on after a failure too', async () => {
    const { running, next } = gate();
    const send = limit(1)(next);
    const first = send(anAttempt());
    const second = send(anAttempt());
    await settle();
    running[0]?.fail(new Error('broken'));
    await expect(first).rejects.toThrow('broken');
    await settle();
    running[1]?.finish(answer(200));
    await expect(second).resolves.toMatchObject({ status: 200 });
  });

  it('lets a caller leave the queue at once, without taking a place', async () => {
    const { running, next } = gate();
    const send = limit(1)(next);
    const first = send(anAttempt());
    const { call, end } = aCall();
    const waiting = send({ call, number: 1, headers: {} });
    const last = send(anAttempt());
    end.abort(new Error('bye'));
    await expect(waiting).rejects.toThrow('bye');
    running[0]?.finish(answer(200));
    await first;
    await settle();
    expect(running).toHaveLength(2);
    running[1]?.finish(answer(200));
    await last;
  });

  it('hands the place on when a caller leaves in the moment of its turn', async () => {
    vi.stubGlobal('setImmediate', undefined); // as in browsers, where a place is given on at once
    const { running, next } = gate();
    const send = limit(1)(next);
    const first = send(anAttempt());
    const { call, end } = aCall();
    const waiting = send({ call, number: 1, headers: {} }).catch((reason: Error) => reason.message);
    const last = send(anAttempt());
    await settle();
    running[0]?.done.then(() => end.abort(new Error('bye'))); // after the place was given on, before it is taken
    running[0]?.finish(answer(200));
    await first;
    await settle();
    expect(running).toHaveLength(2);
    running[1]?.finish(answer(200));
    await expect(last).resolves.toMatchObject({ status: 200 });
    expect(await waiting).toBe('bye');
  });

  it('sends nothing for a call that is over already', async () => {
    const { running, next } = gate();
    const { call, end } = aCall();
    end.abort(new Error('bye'));
    await expect(limit(1)(next)({ call, number: 1, headers: {} })).rejects.toThrow('bye');
    expect(running).toHaveLength(0);
  });
});
