import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SharedWork } from '../../../src/core/shared-work.js';
import { catchError } from '../../support/failures.js';
import { deferred } from '../../support/pipeline.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const never = () => new Promise<never>(() => {});

describe('shared work', () => {
  it('starts once for callers that arrive while it runs, and again after it has ended', async () => {
    const work = new SharedWork<number>(1_000);
    let starts = 0;
    const start = async () => ++starts;
    expect(await Promise.all([work.run(start), work.run(start), work.run(start)])).toEqual([1, 1, 1]);
    expect(work.isRunning).toBe(false);
    expect(await work.run(start)).toBe(2);
  });

  it('fails all its callers, and starts again for the next one', async () => {
    const work = new SharedWork<string>(1_000);
    const error = new Error('down');
    const start = vi.fn(async () => Promise.reject(error));
    const outcomes = [work.run(start), work.run(start)].map(catchError);
    expect(await Promise.all(outcomes)).toEqual([error, error]);
    expect(await work.run(async () => 'up')).toBe('up');
  });

  it('starts anew for a caller that finds it older than its maximum age, without a timer', async () => {
    const work = new SharedWork<string>(1_000);
    void work.run(never);
    expect(vi.getTimerCount()).toBe(0);
    vi.setSystemTime(Date.now() + 1_000); // the time passes, but no timer fires
    expect(work.isRunning).toBe(false);
    const next = work.run(async () => 'new');
    await vi.advanceTimersByTimeAsync(100); // a result may just arrive
    expect(await next).toBe('new');
  });

  it('repeats no work after a clock jump, if it uses the monotonic clock', async () => {
    const work = new SharedWork<string>(1_000);
    const { promise, resolve } = deferred<string>();
    void work.run(
      () => promise,
      undefined,
      () => performance.now(),
    );
    vi.setSystemTime(Date.now() + 3_600_000);
    const start = vi.fn(never);
    const joined = work.run(start);
    await vi.advanceTimersByTimeAsync(900);
    resolve('slow');
    expect(await joined).toBe('slow');
    expect(start).not.toHaveBeenCalled();
  });

  it('starts anew for a caller that has waited until the maximum age, once for all of them', async () => {
    const work = new SharedWork<string>(1_000);
    void work.run(never);
    await vi.advanceTimersByTimeAsync(400);
    const start = vi.fn(async () => 'new');
    const waiting = [work.run(start), work.run(start)];
    await vi.advanceTimersByTimeAsync(590);
    expect(start).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(200);
    expect(await Promise.all(waiting)).toEqual(['new', 'new']);
    expect(start).toHaveBeenCalledOnce();
  });

  it('counts its age from the last stage', async () => {
    const work = new SharedWork<string>(1_000);
    const { promise, resolve } = deferred<string>();
    let onProgress = () => {};
    void work.run((report) => {
      onProgress = report;
      return promise;
    });
    await vi.advanceTimersByTimeAsync(900);
    onProgress();
    const start = vi.fn(never);
    const joined = work.run(start);
    await vi.advanceTimersByTimeAsync(900);
    resolve('slow');
    expect(await joined).toBe('slow');
    expect(start).not.toHaveBeenCalled();
  });

  it('reports progress before its first await', async () => {
    const work = new SharedWork<string>(1_000);
    const start = async (onProgress: () => void) => {
      onProgress();
      return 'done';
    };
    expect(await work.run(start)).toBe('done');
  });

  it('gives a late result to its own callers only', async () => {
    const work = new SharedWork<string>(1_000);
    const { promise, resolve } = deferred<string>();
    const old = work.run(() => promise);
    await vi.advanceTimersByTimeAsync(1_000);
    const next = deferred<string>();
    const current = work.run(() => next.promise);
    await vi.advanceTimersByTimeAsync(100);
    resolve('old');
    expect(await old).toBe('old');
    expect(work.isRunning).toBe(true);
    next.resolve('new');
    expect(await current).toBe('new');
  });

  it('lets each caller leave by its signal, and leaves no timer behind', async () => {
    const work = new SharedWork<string>(1_000);
    const { promise, resolve } = deferred<string>();
    const [first, second] = [new AbortController(), new AbortController()];
    const outcomes = [first, second].map(({ signal }) => catchError(work.run(() => promise, signal)));
    const patient = work.run(never);
    first.abort('one');
    second.abort('two');
    expect(await Promise.all(outcomes)).toEqual(['one', 'two']);
    resolve('done');
    expect(await patient).toBe('done');
    expect(vi.getTimerCount()).toBe(0);
  });
});
