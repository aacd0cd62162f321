/**
 * Calls `callback` once, with the reason of the first signal that aborts.
 *
 * If a signal has already aborted, the callback runs in a microtask.
 *
 * @returns a function that removes the listeners.
 */
export function onFirstAbort(
  signals: readonly AbortSignal[],
  callback: (reason: unknown) => void,
): () => void {
  const removers: (() => void)[] = [];
  const unsubscribe = () => {
    for (const remove of removers) remove();
  };
  for (const signal of signals) {
    const listener = () => {
      unsubscribe();
      callback(signal.reason);
    };
    removers.push(() => signal.removeEventListener('abort', listener));
    signal.addEventListener('abort', listener);
  }
  const abortedSignal = signals.find((signal) => signal.aborted);
  if (abortedSignal !== undefined) {
    unsubscribe();
    queueMicrotask(() => callback(abortedSignal.reason));
  }
  return unsubscribe;
}
