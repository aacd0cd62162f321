import type { CallOptions } from '../config/request-options.js';
import type { Call } from '../core/call.js';
import { isUnavailable, PersonaError } from '../core/errors/index.js';
import type { Endpoint } from './endpoint.js';
import { BUILT_IN_ORIGIN, type CallResult } from './result.js';
import type { SubCalls } from './sub-calls.js';

/**
 * Produces the result of a failed call: from the endpoint's `recover`, otherwise from the caller's `fallback`.
 *
 * @throws the last error if neither returns a result.
 */
export async function recover<Input, Wire, Result>(
  endpoint: Endpoint<Input, Wire, Result>,
  call: Call,
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
  const data = await options.fallback(lastError);
  return { data, call, origin: { source: 'fallback', ageMs: 0, attempts: call.progress.attempts } };
}
