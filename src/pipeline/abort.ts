/** The part of an AbortSignal that matters here. */
export interface Abortable {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: () => void, options: { once: true }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/**
 * Ends every call of a client. No AbortController: workers refuse to make one outside of a request, where clients
 * stand that serve more than one.
 */
export class Closing implements Abortable {
  readonly #listeners = new Set<() => void>();
  readonly #outer: Abortable | undefined;
  #reason: Error | undefined;

  /** @param outer ends these calls too, and is held on to by the calls alone: whoever makes many of these need not abort them. */
  constructor(outer?: Abortable) {
    this.#outer = outer;
  }

  get aborted(): boolean {
    return this.#reason !== undefined || this.#outer?.aborted === true;
  }

  get reason(): unknown {
    return this.#reason ?? this.#outer?.reason;
  }

  abort(reason: Error): void {
    if (this.#reason) return;
    this.#reason = reason;
    for (const listener of [...this.#listeners]) listener();
    this.#listeners.clear();
  }

  addEventListener(type: 'abort', listener: () => void): void {
    this.#listeners.add(listener);
    this.#outer?.addEventListener(type, listener, { once: true });
  }

  removeEventListener(type: 'abort', listener: () => void): void {
    this.#listeners.delete(listener);
    this.#outer?.removeEventListener(type, listener);
  }
}

/** Run a listener when the signal aborts, or now if it has; the answer lets go of the signal. */
export function onAbort(signal: Abortable | undefined, listener: (reason: unknown) => void): () => void {
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
