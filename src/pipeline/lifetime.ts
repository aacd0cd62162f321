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
  signals: { readonly caller: Abortable | undefined; readonly closing: Abortable },
): Lifetime {
  const signal = new Ending();
  let call: Call | undefined;

  const abort = (why: string, cause: unknown) => {
    const message = `${call ? named(call) : name} was aborted: ${why}.${call ? aftermath(call) : ''}`;
    signal.abort(new PersonaAbortError(message, { ...(call && about(call)), cause }));
  };
  const leave = onAbort(signals.caller, (reason) => abort('the caller gave up', reason));
  const unlink = onAbort(signals.closing, (reason) => abort('the client was closed', reason));
  const timer = setTimeout(() => {
    const lastError = call?.progress.lastError;
    const why = lastError === undefined ? '' : ` Last failure: ${lastError.message}`;
    const message = `${call ? named(call) : name} was not done within ${deadlineMs} ms.${call ? aftermath(call) : ''}${why}`;
    signal.abort(
      new PersonaTimeoutError(message, { ...(call && about(call)), scope: 'deadline', lastError }),
    );
  }, deadlineMs);

  return {
    signal,
    deadline: { at: performance.now() + deadlineMs },
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
