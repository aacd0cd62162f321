/** Run a listener when the signal aborts, or now if it has; the answer lets go of the signal. */
export function onAbort(signal: AbortSignal | undefined, listener: (reason: unknown) => void): () => void {
  if (signal === undefined) return () => {};
  const run = () => listener(signal.reason);
  if (signal.aborted) run();
  else signal.addEventListener('abort', run, { once: true });
  return () => signal.removeEventListener('abort', run);
}

/** Pass an abort on to a controller. By hand: `AbortSignal.any` leaks on a long-lived signal. */
export const link = (signal: AbortSignal, controller: AbortController): (() => void) =>
  onAbort(signal, (reason) => controller.abort(reason));

/** Wait for work that others share, or that may not heed a signal: an abort ends the waiting, not the work. */
export function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const unlink = onAbort(signal, reject);
    work.then(resolve, reject).finally(unlink);
  });
}
