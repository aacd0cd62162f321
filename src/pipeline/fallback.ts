import type { CallOptions } from '../config/request-options.js';
import { raceAbort } from '../core/abort.js';
import { isUnavailable, PersonaError } from '../core/errors/index.js';
import type { Endpoint } from './endpoint.js';
import { BUILT_IN_ORIGIN, type CallResult } from './result.js';
import type { PendingCall } from './start.js';
import type { SubCalls } from './sub-calls.js';

/** How long a fallback may take if the deadline of the call is nearer, or over. */
const MIN_FALLBACK_MS = 1_000;

/**
 * Produces the result of a failed call: from the endpoint's `recover`, otherwise from the caller's `fallback`.
 *
 * @throws the last error if neither returns a result.
 */
export async function recover<Input, Wire, Result>(
  endpoint: Endpoint<Input, Wire, Result>,
  { call, signal }: PendingCall<Input>,
  options: CallOptions<Result> | undefined,
  createSubCalls: () => SubCalls,
  error: unknown,
): Promise<CallResult<Result>> {
  let lastError = error;
  if (endpoint.recover && lastError instanceof PersonaError)
    try {
      return { data: await endpoint.recover(lastError, createSubCalls().run), call, origin: BUILT_IN_ORIGIN };
    } catch (recoverError) {
      lastError = recoverError;
    }
  if (!options?.fallback || !isUnavailable(lastError)) throw lastError;
  const fallbackSignal = signal.extend(MIN_FALLBACK_MS);
  const data = await raceAbort(Promise.resolve(options.fallback(lastError)), fallbackSignal).finally(() =>
    fallbackSignal.end(),
  );
  return { data, call, origin: { source: 'fallback', ageMs: 0, attempts: call.progress.attempts } };
}
