import { ignoreErrors } from './ignore-errors.js';
/** The part of `AbortSignal` that the client uses. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  readonly reason: unknown;
  throwIfAborted(): void;
  addEventListener(type: 'abort', listener: () => void, options?: { once: true }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/**
 * An abort controller and its signal in one object.
 *
 * Creating one costs less than a tenth of a native `AbortController`. It also works in the global scope of Cloudflare
 * Workers, which forbids a native one. Applications create long-lived clients there.
 */
export class LightAbortController implements AbortSignalLike {
  /** Most controllers have one listener, so the set is created for the second one. */
  #firstListener: (() => void) | undefined;
  #otherListeners: Set<() => void> | undefined;
  readonly #parent: AbortSignalLike | undefined;
  #aborted = false;
  #reason: unknown;

  /**
   * @param parent a signal that also aborts this controller. `parent` receives each listener of this controller and no
   * others, so a controller without listeners needs no cleanup.
   */
  constructor(parent?: AbortSignalLike) {
    this.#parent = parent;
  }

  get aborted(): boolean {
    return this.#aborted || this.#parent?.aborted === true;
  }

  get reason(): unknown {
    return this.#aborted ? this.#reason : this.#parent?.reason;
  }

  abort(reason: unknown): void {
    if (this.aborted) return;
    this.#aborted = true;
    this.#reason = reason;
    const listeners = [this.#firstListener, ...(this.#otherListeners ?? [])];
    this.#firstListener = undefined;
    this.#otherListeners = undefined;
    for (const listener of listeners) {
      if (listener === undefined) continue;
      this.#parent?.removeEventListener('abort', listener); // a closed view must not stay reachable from its client
      ignoreErrors(listener); // Cloudflare Workers forbids aborting a fetch of another request
    }
  }

  throwIfAborted(): void {
    if (this.aborted) throw this.reason;
  }

  addEventListener(type: 'abort', listener: () => void): void {
    if (this.#firstListener === undefined) this.#firstListener = listener;
    else {
      this.#otherListeners ??= new Set();
      this.#otherListeners.add(listener);
    }
    this.#parent?.addEventListener(type, listener, { once: true });
  }

  removeEventListener(type: 'abort', listener: () => void): void {
    if (this.#firstListener === listener) this.#firstListener = undefined;
    else this.#otherListeners?.delete(listener);
    this.#parent?.removeEventListener(type, listener);
  }
}

/**
 * Calls `listener` with the signal's reason when the signal aborts, or immediately if the signal has already aborted.
 *
 * @returns a function that removes the listener.
 */
export function onAbort(
  signal: AbortSignalLike | undefined,
  listener: (reason: unknown) => void,
): () => void {
  if (signal === undefined) return noop;
  const callListener = () => listener(signal.reason);
  if (signal.aborted) {
    callListener();
    return noop;
  }
  signal.addEventListener('abort', callListener, { once: true });
  return () => signal.removeEventListener('abort', callListener);
}

export const noop = () => {};

/** Settles like `work`, or rejects with the signal's reason if the signal aborts first. `work` itself continues. */
export function raceAbort<T>(work: Promise<T>, signal: AbortSignalLike): Promise<T> {
  return new Promise((resolve, reject) => {
    const rejectWithReason = () => reject(signal.reason);
    if (signal.aborted) rejectWithReason();
    else signal.addEventListener('abort', rejectWithReason, { once: true });
    work.then(
      (value) => {
        signal.removeEventListener('abort', rejectWithReason);
        resolve(value);
      },
      (error: unknown) => {
        signal.removeEventListener('abort', rejectWithReason);
        reject(error);
      },
    );
  });
}
