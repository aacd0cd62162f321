/** Waits, unless the signal aborts first: then rejects with its reason. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms <= 0) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      unlink();
      resolve();
    }, ms);
    const unlink = onAbort([signal], (reason) => {
      clearTimeout(timer);
      reject(reason);
    });
  });
}

/** Calls back once, when the first of the signals aborts; what it returns takes the listeners off again. */
export function onAbort(signals: readonly AbortSignal[], callback: (reason: unknown) => void): () => void {
  const unlinks: (() => void)[] = [];
  const unlink = () => {
    for (const remove of unlinks) remove();
  };
  for (const signal of signals) {
    const listener = () => {
      unlink();
      callback(signal.reason);
    };
    unlinks.push(() => signal.removeEventListener('abort', listener));
    signal.addEventListener('abort', listener);
  }
  const aborted = signals.find((signal) => signal.aborted);
  if (aborted !== undefined) {
    unlink();
    queueMicrotask(() => callback(aborted.reason));
  }
  return unlink;
}
