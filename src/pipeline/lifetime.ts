import { PersonaAbortError, PersonaTimeoutError } from '../errors.js';
import { type Abortable, Ending, onAbort } from './abort.js';
import { about, aftermath, named } from './call.js';
import type { Call } from './types.js';

/** What ends a call before its answer: the caller's signal, the closing of the client, the deadline. */
export interface Lifetime {
  /** Aborts with a typed error as its reason. */
  readonly signal: Abortable;
  readonly deadline: { readonly at: number };
  /** Let the errors speak of this call. */
  belongsTo(call: Call): void;
  /** Stop the timer and let go of the signals. */
  end(): void;
}

export function startLifetime(
  name: string,
  deadlineMs: number,
  { caller, closing }: { readonly caller: Abortable | undefined; readonly closing: Abortable },
): Lifetime {
  const deadline = { at: performance.now() + deadlineMs };
  const signal = new Awaited(start);
  let call: Call | undefined;
  let leave = () => {};
  let unlink = () => {};
  let timer: ReturnType<typeof setTimeout> | undefined;

  const abort = (why: string, cause: unknown) => {
    const message = `${call ? named(call) : name} was aborted: ${why}.${call ? aftermath(call) : ''}`;
    signal.abort(new PersonaAbortError(message, { ...(call && about(call)), cause }));
  };

  const tooLate = () => {
    const lastError = call?.progress.lastError;
    const why = lastError === undefined ? '' : ` Last failure: ${lastError.message}`;
    const message = `${call ? named(call) : name} was not done within ${deadlineMs} ms.${call ? aftermath(call) : ''}${why}`;
    const details = { ...(call && about(call)), scope: 'deadline', lastError } as const;
    signal.abort(new PersonaTimeoutError(message, details));
  };

  function start() {
    if (signal.aborted) return;
    leave = onAbort(caller, (reason) => abort('the caller gave up', reason));
    unlink = onAbort(closing, (reason) => abort('the client was closed', reason));
    if (!signal.aborted) timer = setTimeout(tooLate, Math.max(0, deadline.at - performance.now()));
  }

  if (caller?.aborted || closing.aborted) start();
  return {
    signal,
    deadline,
    belongsTo: (own) => {
      call = own;
    },
    end: () => {
      clearTimeout(timer);
      leave();
      unlink();
    },
  };
}

/** Looks out for what may end it from when it is first listened to: a call that waits for nothing needs no timer. */
class Awaited extends Ending {
  #start: (() => void) | undefined;

  constructor(start: () => void) {
    super();
    this.#start = start;
  }

  override addEventListener(type: 'abort', listener: () => void): void {
    const start = this.#start;
    this.#start = undefined;
    start?.();
    if (this.aborted) listener();
    else super.addEventListener(type, listener);
  }
}
