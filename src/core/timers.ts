import { type AbortSignalLike, raceAbort } from './abort.js';

/** The longest delay of a timer, in milliseconds: about 24.8 days. A timer with a longer delay fires immediately. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/** Waits for `ms` milliseconds. Rejects with the signal's reason if the signal aborts first. */
export function delay(ms: number, signal: AbortSignalLike): Promise<void> {
  let timer: ReturnType<typeof setTimeout>;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  return raceAbort(timeout, signal).finally(() => clearTimeout(timer));
}

/**
 * Settles like `work`, or like `onTimeout()` after `ms` milliseconds. `work` itself continues.
 *
 * Rejects with the signal's reason if the signal aborts first.
 */
export async function raceTimeout<T>(
  work: Promise<T>,
  ms: number,
  onTimeout: () => T,
  signal?: AbortSignalLike,
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  }).then(onTimeout);
  const first = Promise.race([work, timeout]);
  try {
    return await (signal ? raceAbort(first, signal) : first);
  } finally {
    clearTimeout(timer);
  }
}
