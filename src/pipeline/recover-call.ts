import type { CallOptions } from '../config/request-options.js';
import { raceAbort } from '../core/abort.js';
import { addCaller, type CallSite } from '../core/call-site.js';
import { isUnavailable, PersonaError } from '../core/errors/index.js';
import type { Endpoint } from './endpoint.js';
import { BUILT_IN_ORIGIN, type CallData, type CallResult, toResult } from './result.js';
import type { PendingCall } from './start.js';
import type { SubCalls } from './sub-calls.js';

/** A fallback may always take this long, even if the deadline of the call is nearer or has passed. */
const MIN_FALLBACK_MS = 1_000;

/** Encodes a call for the current dialect, and runs the call. */
export type EncodeAndRun = <Input, Wire, Result>(
  endpoint: Endpoint<Input, Wire, Result>,
  pending: PendingCall<Input>,
) => Promise<CallData<Wire>>;

/**
 * Produces the result of a failed call. If the dialect was outdated, runs the call again. Then tries the endpoint's `recover`,
 * and then the caller's `fallback`.
 *
 * @param sites the candidates for the caller in the stack of the error that `fallback` receives.
 * @throws the last error if none of them returns a result.
 */
export async function recoverCall<Input, Wire, Result>(
  endpoint: Endpoint<Input, Wire, Result>,
  pending: PendingCall<Input>,
  subCalls: SubCalls,
  runAgain: EncodeAndRun,
  error: unknown,
  sites: readonly (CallSite | undefined)[],
): Promise<CallResult<Result>> {
  const { call, signal } = pending;
  const fallback = pending.requestOptions?.fallback as CallOptions<Result>['fallback'];
  let lastError = error;
  if (await subCalls.isDialectOutdated(endpoint, error))
    try {
      return toResult(endpoint, pending, await runAgain(endpoint, pending));
    } catch (secondError) {
      lastError = secondError;
    }
  if (endpoint.recover && lastError instanceof PersonaError)
    try {
      return { data: await endpoint.recover(lastError, subCalls.run), call, origin: BUILT_IN_ORIGIN };
    } catch (recoverError) {
      lastError = recoverError;
    }
  if (!fallback || !isUnavailable(lastError)) throw lastError;
  const fallbackSignal = signal.extend(MIN_FALLBACK_MS);
  const data = await raceAbort(
    Promise.resolve(fallback(addCaller(lastError, ...sites))),
    fallbackSignal,
  ).finally(() => fallbackSignal.end());
  return { data, call, origin: { source: 'fallback', ageMs: 0, attempts: call.progress.attempts } };
}
