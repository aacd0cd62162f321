import type { AbortSignalLike } from './abort.js';
import type { CallProgress } from './call-progress.js';
import type { PersonaError, PersonaErrorDetails } from './errors/index.js';
import type { TimelineEntry } from './events.js';
import { monotonicNow } from './monotonic-now.js';
import type { RequestId } from './request-id.js';
import type { HttpResponse } from './response.js';

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** A call of a client method. `startCall` creates it, `encode` sets its URL and body, and all attempts share it. */
export interface Call {
  readonly callId: number;
  readonly requestId: RequestId;
  /** The identity that started the call. Key of its cached data. */
  readonly identity: string;
  /** The epoch of the session in which the call started, or in which a read continues. */
  epoch: number;
  readonly tokens: TokenProvider;
  /** Name of the method, such as `personas.get`. */
  readonly name: string;
  readonly method: Method;
  /** Whether the call changes personas. A failed write may have taken effect, a failed read cannot. */
  readonly isWrite: boolean;
  /** URL prefix: the URL of the API, or of the service for an unversioned route. */
  base: string;
  /** Path and query after `base`. Set by `encode`. */
  path: string;
  /** Headers from the client options and the request options, with lower-case names. `null` omits a header. */
  headers: Readonly<Record<string, string | null>>;
  /** The request has a validator, so 304 is a success. `false` after {@link continueAsNewUser} has removed the validator. */
  isRevalidation?: boolean;
  body?: string | undefined;
  /** Runs each attempt of a conditional update. May return another response instead of sending the attempt. */
  guardAttempt?: ((send: () => Promise<HttpResponse>) => Promise<HttpResponse>) | undefined;
  /** Id of the persona in the URL. A 404 that mentions a persona means that this one does not exist. */
  readonly personaId: number | undefined;
  /** Attempt layers that this call does not use. */
  readonly skipLayers: readonly string[];
  /** Aborts the call. Its reason is a `PersonaError`. */
  readonly signal: AbortSignalLike;
  /** When the call times out, by `monotonicNow()`. A shared read can extend its deadline. */
  readonly deadline: { readonly expiresAt: number };
  /** Timeout of each attempt. */
  readonly timeoutMs: number;
  readonly retry: ResolvedRetryOptions;
  /** Start of the call, by `monotonicNow()`. */
  readonly startedAt: number;
  readonly progress: CallProgress;
}

/** Retry options of a call, with defaults. */
export interface ResolvedRetryOptions {
  readonly limit: number;
  readonly backoffMs: number;
  readonly maxBackoffMs: number;
}

/**
 * Renews the lease of a call. Each step of a call, such as an attempt or a wait, starts with a new lease.
 *
 * A runtime can drop the promises and timers of a call, for example when a visitor of a Cloudflare Worker disconnects. Such
 * a call never ends. So calls that wait for another one regard it as lost when its lease expires. Leases also limit shared
 * work, such as a login.
 *
 * Uses the monotonic clock, like the timers that end a step. After sleep or a clock jump, a call that still exists is not lost.
 *
 * @param maxMs maximum duration of the step, in milliseconds.
 */
export function renewLease({ progress, timeoutMs }: Call, maxMs = timeoutMs): void {
  progress.leaseExpiresAt = monotonicNow() + maxMs;
}

/** Whether the lease of the call has expired: see {@link renewLease}. */
export const isLost = ({ progress }: Call): boolean => monotonicNow() >= progress.leaseExpiresAt;

/** A token and its epoch, read together: a login or logout may change both at any time. */
export interface Bearer {
  readonly epoch: number;
  /** `undefined` for a client without credentials. */
  readonly token: string | undefined;
}

/** Provides the bearer tokens of the current identity. */
export interface TokenProvider {
  /**
   * Key of the current identity. Callers who may see each other's data have equal keys; all other keys differ.
   * The key is derived from credentials, so compare it but never log it.
   */
  readonly identity: string;
  /** Grows whenever the user of the session changes, or may have changed. */
  readonly epoch: number;
  /**
   * Loads stored tokens. Waits for a login or refresh in progress, and for the pause after a failed one. Call this again after
   * each wait. Returns `undefined` if there is nothing to wait for. Only then may the call use the other methods.
   *
   * Rejects with the failure that started the pause if the pause lasts too long for the call.
   */
  prepare(caller: Call): Promise<void> | undefined;
  /** Returns the token to send, synchronously if it is available. */
  getToken(caller: Call): Promise<Bearer> | Bearer;
  /**
   * Replaces a token that was rejected. Returns the same token or `undefined` if there is no replacement.
   *
   * @param isServiceResponse whether the service itself rejected the token. If a proxy did, a new token may not help.
   */
  replaceToken(rejectedToken: string | undefined, caller: Call, isServiceResponse: boolean): Promise<Bearer>;
  /** Records that the service also rejected the token from `replaceToken`. Another replacement would not help. */
  onReplacementRejected(token: string): void;
}

export const requestUrl = ({ base, path }: Call): string => base + path;

/** The URL for errors and events. Omits the values in the query of `client.request`, which can be secrets or personal data. */
export const displayUrl = (call: Call): string =>
  call.name === 'request' ? requestUrl(call).replace(/([?&][^=]*=)[^&]*/g, '$1…') : requestUrl(call);

/** Builds the headers of a request. */
export function buildHeaders(
  { requestId, headers, body }: Call,
  token: string | undefined,
): Readonly<Record<string, string>> {
  const all: Record<string, string | null> = {
    accept: 'application/json',
    'x-request-id': requestId.value,
    ...(body === undefined ? undefined : { 'content-type': 'application/json' }),
    ...headers,
  };
  if (token !== undefined) all.authorization = `Bearer ${token}`;
  for (const name in all) if (all[name] === null) delete all[name];
  return all as Record<string, string>;
}

/**
 * Lets a read continue with a new token, which may belong to another user. Removes the validators of the request, because
 * they belong to an entry of the previous user.
 */
export function continueAsNewUser(call: Call, epoch: number): void {
  call.epoch = epoch;
  if (!call.isRevalidation) return;
  const { 'if-none-match': _, 'if-modified-since': __, ...headers } = call.headers;
  call.headers = headers;
  call.isRevalidation = false;
}

/** Properties of every error about this call. */
export const errorDetails = (call: Call) =>
  ({
    request: { id: call.requestId.value, method: call.method, url: displayUrl(call) },
    attempts: call.progress.attempts,
    maybeApplied: call.progress.maybeApplied,
    timeline: getTimeline(call),
  }) satisfies PersonaErrorDetails;

/** Describes the call in an error message: `personas.get (GET http://…)`. */
export const describeCall = (call: Call): string => `${call.name} (${call.method} ${displayUrl(call)})`;

/** Returns the sentence of an error message that says whether a failed write may have taken effect. Empty for reads. */
export function appliedHint(call: Call): string {
  if (!call.isWrite) return '';
  return call.progress.maybeApplied
    ? ' The write may have taken effect. Check the stored data before you repeat it.'
    : ' Nothing was written.';
}

/**
 * Creates an error about a call: its message consists of the description of the call, the text, and whether a failed write may have
 * taken effect.
 */
export const callError = <E extends PersonaError, const Details extends object>(
  ErrorClass: new (message: string, details: ReturnType<typeof errorDetails> & Details) => E,
  call: Call,
  text: string,
  details: Details = {} as Details,
): E =>
  new ErrorClass(`${describeCall(call)} ${text}${appliedHint(call)}`, { ...errorDetails(call), ...details });

/** Returns the timeline of the call. Later events are added to the same array. */
export function getTimeline({ progress }: Call): readonly TimelineEntry[] {
  progress.timeline ??= [];
  return progress.timeline;
}
