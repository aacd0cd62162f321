import type { StandardSchema } from '../../config/standard-schema.js';
import type { Call } from '../../core/call.js';
import type { SharedCode } from './types.js';

const MAX_RESPONSE_ISSUES = 20;

/**
 * Validates a response with the caller's schema. The pipeline ends the wait for an asynchronous schema at the deadline of
 * the call.
 *
 * @throws {PersonaResponseError} if the schema rejects the response, throws, or returns no result.
 */
export async function validateResponse(
  schema: StandardSchema,
  data: unknown,
  call: Call,
  status: number,
  { readSchemaResult, unexpectedBodyError, sanitizeCause }: SharedCode,
): Promise<unknown> {
  let outcome: ReturnType<typeof readSchemaResult>;
  try {
    outcome = readSchemaResult(await schema['~standard'].validate(data));
  } catch (error) {
    const message = 'cannot be checked: the schema threw an error. See the cause';
    throw unexpectedBodyError(call, { status }, [{ path: [], message }], sanitizeCause(error));
  }
  if ('value' in outcome) return outcome.value;
  throw unexpectedBodyError(call, { status }, outcome.issues.slice(0, MAX_RESPONSE_ISSUES));
}
