import { raceAbort } from '../core/abort.js';
import type { Bearer, Call } from '../core/call.js';
import { appliedHint, describeCall, errorDetails } from '../core/call.js';
import { PersonaAuthenticationError } from '../core/errors/index.js';
import { isUnauthorized } from '../core/response.js';
import { wrapUpstreamError } from './errors-from-status.js';
import type { Attempt, Layer } from './layer.js';

/** Attach the bearer token. When it is refused, replace it and send once more: once per call, outside the retries. */
export const authorize: Layer = (next) => async (attempt) => {
  const { call } = attempt;
  const { tokens, signal, progress } = call;
  if (call.skipLayers.includes('authorize')) return next(attempt);
  const current = tokens.current(signal);
  const token = tokenFor(call, current instanceof Promise ? await obtained(call, current) : current);
  const answer = await next(bearing(token, attempt));
  if (!isUnauthorized(answer) || progress.replayed) return answer;
  const other = tokenFor(call, await obtained(call, tokens.replace(token, signal)));
  if (other === undefined || other === token) return answer;
  progress.replayed = true;
  return next(bearing(other, attempt));
};

const bearing = (token: string | undefined, attempt: Attempt): Attempt =>
  token === undefined
    ? attempt
    : { ...attempt, headers: { ...attempt.headers, authorization: `Bearer ${token}` } };

const obtained = (call: Call, work: Promise<Bearer>): Promise<Bearer> =>
  raceAbort(work, call.signal).catch((error: unknown) => {
    throw wrapUpstreamError(call, error);
  });

function tokenFor(call: Call, { identity, token }: Bearer): string | undefined {
  if (identity !== call.identity) throw anotherIdentity(call);
  return token;
}

/** A call is made as whoever it was begun by, or not at all. */
const anotherIdentity = (call: Call) =>
  new PersonaAuthenticationError(
    `${describeCall(call)} was not done: somebody signed in or out since it was begun. Call again as who is signed in now.${appliedHint(call)}`,
    errorDetails(call),
  );
