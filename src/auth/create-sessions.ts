import type { ResolvedOptions } from '../config/resolve-options.js';
import type { AbortSignalLike } from '../core/abort.js';
import type { EventEmitter } from '../core/event-emitter.js';
import type { Send } from '../pipeline/layer.js';
import type { ClientCode } from './client-code.js';
import { RefreshPauses } from './refresh-pauses.js';
import { createAuthRequests } from './requests.js';
import { Session } from './session.js';
import type { ClearCache } from './session-deps.js';

/** What the sessions of a client and of its views share. */
export interface SharedSessionDeps {
  /** The layers `observe -> exchange`. */
  readonly exchangeStack: Send;
  readonly events: EventEmitter;
  /** Aborts when the client is closed. */
  readonly closeSignal: AbortSignalLike;
  readonly clearCache: ClearCache;
}

/** The client or view that a session belongs to. */
export interface SessionScope {
  readonly options: ResolvedOptions;
  /** Identity at the start of the session. */
  readonly identity: string;
  /** Aborts when the client or the view is closed. */
  readonly closeSignal: AbortSignalLike;
}

export type CreateSession = (scope: SessionScope) => Session;

/** Returns the function that creates the sessions of a client and of its views. They share the pauses after failed logins. */
export function createSessions(
  code: ClientCode,
  { exchangeStack, events, closeSignal, clearCache }: SharedSessionDeps,
): CreateSession {
  const pauses = new RefreshPauses(code);
  return ({ options, identity, closeSignal: viewCloseSignal }) => {
    const requests = createAuthRequests(code, options, exchangeStack, events, closeSignal);
    return new Session({
      code,
      options,
      identity,
      requests,
      events,
      pauses,
      closeSignal,
      viewCloseSignal,
      clearCache,
    });
  };
}
