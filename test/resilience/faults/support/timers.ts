import { onTestFinished } from 'vitest';
import { MAX_TIMER_MS } from '../../../support/time.js';

/** Records the delays of all timers until the end of the test. */
export function watchTimers() {
  const { setTimeout } = globalThis;
  const timers = { count: 0, maxMs: 0, invalidMs: [] as unknown[] };
  const watchedSetTimeout = (run: () => void, delayMs?: unknown, ...args: never[]) => {
    timers.count++;
    if (typeof delayMs === 'number' && delayMs >= 0 && delayMs <= MAX_TIMER_MS)
      timers.maxMs = Math.max(timers.maxMs, delayMs);
    else if (delayMs !== undefined) timers.invalidMs.push(delayMs);
    return setTimeout(run, delayMs as number, ...args);
  };
  globalThis.setTimeout = Object.assign(watchedSetTimeout, setTimeout) as typeof setTimeout;
  onTestFinished(() => {
    globalThis.setTimeout = setTimeout;
  });
  return timers;
}

/** Returns the result of the work, and how long it took. */
export async function measure<T>(
  work: () => Promise<T>,
): Promise<{ readonly ms: number; readonly result: T }> {
  const startedAt = performance.now();
  const result = await work();
  return { ms: performance.now() - startedAt, result };
}

export const formatMs = (ms: number): string => `${ms.toFixed(1)} ms`;
