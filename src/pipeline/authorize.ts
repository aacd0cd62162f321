import { raceAbort } from '../core/abort.js';
import { type Bearer, type Call, renewLease } from '../core/call.js';
import { isPromise } from '../core/is-promise.js';
import { isServiceError, isUnauthorized } from '../core/response.js';
import { assertCurrentEpoch } from './assert-epoch.js';
import { wrapUpstreamError } from './errors-from-status.js';
import type { Attempt, Layer, Send } from './layer.js';

/**
 * Loads stored tokens. Waits for a login or refresh of another call, and for the pause after a failed one. Runs before the
 * limiter, so that a waiting call takes no slot.
 */
export const prepareToken: Layer = (next) =>
  function prepare(attempt): ReturnType<Send> {
    const { call } = attempt;
    const preparation = call.skipLayers.includes('authorize') ? undefined : call.tokens.prepare(call);
    // Several calls can wait for the same login. The first of them may start another one, so each call prepares again.
    return preparation ? awaitToken(call, preparation).then(() => prepare(attempt)) : next(attempt);
  };

/** Adds the bearer token. If the service rejects it, replaces it and resends the attempt, once per call. */
export const authorize: Layer = (next) => async (attempt) => {
  const { call } = attempt;
  const { tokens, progress } = call;
  if (call.skipLayers.includes('authorize')) return next(attempt);
  const pendingBearer = tokens.getToken(call);
  const bearer = isPromise(pendingBearer) ? await awaitToken(call, pendingBearer) : pendingBearer;
  const response = await next(withBearer(attempt, bearer));
  if (!isUnauthorized(response) || progress.hasReplacedToken) return response;
  renewLease(call);
  const replacing = tokens.replaceToken(bearer.token, call, isServiceError(response));
  const newBearer = await awaitToken(call, replacing);
  const nextAttempt = withBearer(attempt, newBearer);
  if (newBearer.token === undefined || newBearer.token === bearer.token) return response;
  progress.hasReplacedToken = true;
  const secondResponse = await next(nextAttempt);
  if (isUnauthorized(secondResponse)) tokens.onReplacementRejected(newBearer.token);
  return secondResponse;
};

const awaitToken = <T>(call: Call, work: Promise<T>): Promise<T> =>
  raceAbort(work, call.signal).catch((error: unknown) => {
    throw wrapUpstreamError(call, error);
  });

/**
 * Returns the attempt with the token.
 *
 * @throws {PersonaAuthenticationError} if the user has changed, or may have changed.
 */
function withBearer(attempt: Attempt, { epoch, token }: Bearer): Attempt {
  const { call } = attempt;
  assertCurrentEpoch(call, epoch);
  return { call, number: attempt.number, token };
}
