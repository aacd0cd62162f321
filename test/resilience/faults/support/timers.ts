import { onTestFinished } from 'vitest';

const MAX_MS = 2 ** 31 - 1;

/** Watches every delay that a timer is given until the end of the test. */
export function watchTimers() {
  const real = globalThis.setTimeout;
  const seen = { count: 0, most: 0, impossible: [] as unknown[] };
  const watched = (run: () => void, delay?: unknown, ...rest: never[]) => {
    seen.count++;
    if (typeof delay === 'number' && delay >= 0 && delay <= MAX_MS) seen.most = Math.max(seen.most, delay);
    else if (delay !== undefined) seen.impossible.push(delay);
    return real(run, delay as number, ...rest);
  };
  globalThis.setTimeout = Object.assign(watched, real) as typeof setTimeout;
  onTestFinished(() => {
    globalThis.setTimeout = real;
  });
  return seen;
}

/** How long the work takes to settle, in milliseconds. */
export async function timed<T>(work: () => Promise<T>): Promise<{ readonly ms: number; readonly result: T }> {
  const begun = performance.now();
  const result = await work();
  return { ms: performance.now() - begun, result };
}

export const inMs = (ms: number): string => `${ms.toFixed(1)} ms`;
