import { raceAbort } from '../core/abort.js';
import { appliedHint, type Bearer, type Call, describeCall, errorDetails } from '../core/call.js';
import { PersonaAuthenticationError } from '../core/errors/index.js';
import { isServiceError, isUnauthorized } from '../core/response.js';
import { wrapUpstreamError } from './errors-from-status.js';
import type { Attempt, Layer } from './layer.js';

/**
 * Loads stored tokens, and waits for a login or refresh of another call, and for the pause after a failed one. Runs before
 * the limiter, so that other calls can use the place.
 */
export const prepareToken: Layer = (next) => (attempt) => {
  const { call } = attempt;
  const preparation = call.skipLayers.includes('authorize') ? undefined : call.tokens.prepare(call);
  return preparation ? awaitToken(call, preparation).then(() => next(attempt)) : next(attempt);
};

/** Adds the bearer token. If the service rejects it, replaces it and resends the attempt, once per call. */
export const authorize: Layer = (next) => async (attempt) => {
  const { call } = attempt;
  const { tokens, progress } = call;
  if (call.skipLayers.includes('authorize')) return next(attempt);
  const bearer = tokens.getToken(call);
  const token = checkIdentity(call, bearer instanceof Promise ? await awaitToken(call, bearer) : bearer);
  const response = await next(withBearer(attempt, token));
  if (!isUnauthorized(response) || progress.hasReplacedToken) return response;
  const replacement = tokens.replaceToken(token, call, isServiceError(response));
  const newToken = checkIdentity(call, await awaitToken(call, replacement));
  if (newToken === undefined || newToken === token) return response;
  progress.hasReplacedToken = true;
  const secondResponse = await next(withBearer(attempt, newToken));
  if (isUnauthorized(secondResponse)) tokens.onReplacementRejected(newToken);
  return secondResponse;
};

const withBearer = (attempt: Attempt, token: string | undefined): Attempt =>
  token === undefined
    ? attempt
    : { ...attempt, headers: { ...attempt.headers, authorization: `Bearer ${token}` } };

const awaitToken = <T>(call: Call, work: Promise<T>): Promise<T> =>
  raceAbort(work, call.signal).catch((error: unknown) => {
    throw wrapUpstreamError(call, error);
  });

/**
 * Returns the token if it belongs to the identity that started the call.
 *
 * @throws {PersonaAuthenticationError} if the identity has changed.
 */
function checkIdentity(call: Call, { identity, token }: Bearer): string | undefined {
  if (identity === call.identity) return token;
  const outcome = call.progress.attempts > 0 ? 'was not sent again' : 'was not sent';
  throw new PersonaAuthenticationError(
    `${describeCall(call)} ${outcome}: the signed-in user changed after the call started. Retry it.${appliedHint(call)}`,
    errorDetails(call),
  );
}
