import type { AbortSignalLike } from './abort.js';
import type { PersonaError, PersonaErrorDetails } from './errors/index.js';
import type { TimelineEntry } from './events.js';
import type { RequestId } from './request-id.js';

/** Nothing has happened yet. */
export const newProgress = (): CallProgress => ({
  attempts: 0,
  ended: false,
  maybeApplied: false,
  inDoubt: false,
  replayed: false,
  lastError: undefined,
  timeline: undefined,
});

export const urlOf = ({ base, path }: Call): string => base + path;

/** What every error about this call says of it. */
export const errorDetails = (call: Call) =>
  ({
    request: { id: call.requestId.text, method: call.method, url: urlOf(call) },
    attempts: call.progress.attempts,
    maybeApplied: call.progress.maybeApplied,
    timeline: timelineOf(call),
  }) satisfies PersonaErrorDetails;

/** The call in words, for messages: `personas.get (GET http://…)`. */
export const describeCall = (call: Call): string => `${call.name} (${call.method} ${urlOf(call)})`;

/** What a caller must know about a write that failed. Empty for reads. */
export function appliedHint(call: Call): string {
  if (!call.isWrite) return '';
  return call.progress.maybeApplied
    ? ' The write may have taken effect: read before you repeat it.'
    : ' Nothing was written.';
}

/** What its requests carry beside the token. */
export const headersOf = ({ requestId, headers, body }: Call): Readonly<Record<string, string>> => ({
  accept: 'application/json',
  'x-request-id': requestId.text,
  ...(body === undefined ? undefined : { 'content-type': 'application/json' }),
  ...headers,
});

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

/** How often and how long a call is tried. */
export interface ResolvedRetryOptions {
  readonly limit: number;
  readonly backoffMs: number;
  readonly maxBackoffMs: number;
}

/** What has happened to a call so far. */
export interface CallProgress {
  /** Attempts that went over the wire. */
  attempts: number;
  /** The call is over: its timeline is complete. */
  ended: boolean;
  /** Kept true by `exchange` from the moment a write may leave until something proves that it did nothing. */
  maybeApplied: boolean;
  /** An attempt before the last one may have taken effect, and its request may still be on its way. */
  inDoubt: boolean;
  /** The token was replaced once already. */
  replayed: boolean;
  lastError: PersonaError | undefined;
  /** Without one until somebody wants to know. */
  timeline: TimelineEntry[] | undefined;
}

/** A token to send, and whose it is, as of one moment: by the time that it is looked at, somebody may have signed in or out. */
export interface Bearer {
  readonly identity: string;
  /** Nothing for a client without credentials. */
  readonly token: string | undefined;
}

/** Where bearer tokens come from, for one identity at a time. */
export interface TokenProvider {
  /**
   * Whose calls are made from now on: equal for those who may see each other's data, and for nobody else. It can hold
   * a credential, so it is for comparing and never for showing.
   */
  readonly identity: string;
  /** The token to send: at once if it is at hand, obtained first if need be. */
  current(signal: AbortSignalLike): Promise<Bearer> | Bearer;
  /** A token to use in place of one that was refused; the same or none when there is no other. */
  replace(refused: string | undefined, signal: AbortSignalLike): Promise<Bearer>;
}

/** One call: fixed by `encode`, shared by all its attempts. */
export interface Call {
  readonly callId: number;
  readonly requestId: RequestId;
  /** As which it was begun, and alone may be made. */
  readonly identity: string;
  readonly tokens: TokenProvider;
  readonly name: string;
  readonly method: Method;
  /** It changes something, so its effect is in question when it fails. */
  readonly isWrite: boolean;
  /** Where the service's API is; for what is outside of it, where the service is. */
  base: string;
  /** What is asked of it, once `encode` knows. */
  path: string;
  /** The client's and the caller's own. */
  readonly headers: Readonly<Record<string, string>>;
  /** 304 is a success: it confirms what the cache keeps. */
  readonly isConditional?: true;
  body?: string;
  readonly personaId: number | undefined;
  readonly skipLayers: readonly string[];
  /** Ends the call, with a reason that is already a typed error. */
  readonly signal: AbortSignalLike;
  /** When the call's time is up, by `performance.now()`. */
  readonly deadline: { readonly at: number };
  readonly timeoutMs: number;
  readonly retry: ResolvedRetryOptions;
  readonly startedAt: number;
  readonly progress: CallProgress;
}
/** One and the same from when it is first looked at: what holds it, hears of what comes. */
export function timelineOf({ progress }: Call): readonly TimelineEntry[] {
  progress.timeline ??= [];
  return progress.timeline;
}
