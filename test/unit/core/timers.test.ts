import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LightAbortController } from '../../../src/core/abort.js';
import { delay, raceTimeout, startTimeout } from '../../../src/core/timers.js';
import { catchError } from '../../support/failures.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A timer that is left behind keeps the process alive. */
describe('no timer is left', () => {
  it.each([
    ['resolves', () => Promise.resolve('done')],
    ['rejects', () => Promise.reject(new Error('failed'))],
  ])('after work with a timeout %s', async (_, work) => {
    await catchError(raceTimeout(work(), 10_000, () => 'late'));
    expect(vi.getTimerCount()).toBe(0);
  });

  it('after work with a timeout is aborted', async () => {
    const controller = new LightAbortController();
    const work = raceTimeout(new Promise(() => {}), 10_000, () => 'late', controller);
    controller.abort('closed');
    expect(await catchError(work)).toBe('closed');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('after a delay is aborted', async () => {
    const controller = new LightAbortController();
    const work = delay(10_000, controller);
    controller.abort('closed');
    expect(await catchError(work)).toBe('closed');
    expect(vi.getTimerCount()).toBe(0);
  });
});

it('a timeout calls its handler, whose error rejects', async () => {
  const work = catchError(
    raceTimeout(new Promise(() => {}), 10_000, () => {
      throw new Error('too slow');
    }),
  );
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await work).toEqual(new Error('too slow'));
});

describe('a timer that fires too late, because the process was paused', () => {
  /** Both clocks advance, and no timer fires. */
  const pause = (ms: number) => {
    vi.spyOn(performance, 'now').mockReturnValue(performance.now() + ms);
    vi.setSystemTime(Date.now() + ms);
  };

  it('first lets the event loop deliver what arrived meanwhile', async () => {
    let resolve: (value: string) => void = () => {};
    const work = raceTimeout(new Promise<string>((...[settle]) => (resolve = settle)), 1_000, () => 'late');
    pause(5_000);
    await vi.advanceTimersByTimeAsync(1_000);
    resolve('arrived');
    expect(await work).toBe('arrived');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('then fires, also if the process is paused again and again', async () => {
    const onTimeout = vi.fn();
    startTimeout(1_000, onTimeout);
    for (let pauses = 0; pauses < 10 && onTimeout.mock.calls.length === 0; pauses++) {
      pause(5_000);
      await vi.advanceTimersToNextTimerAsync();
    }
    expect(onTimeout).toHaveBeenCalledOnce();
    expect(vi.getTimerCount()).toBe(0);
  });
});
