import type { StandardSchema } from '../../config/standard-schema.js';
import type { Call } from '../../core/call.js';
import type { PersonaIssue } from '../../core/errors/index.js';
import type { Shared } from './types.js';

const MAX_RESPONSE_ISSUES = 20;
const MAX_PATH_LENGTH = 20;

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
  { unexpectedBodyError, sanitizeCause }: Shared,
): Promise<unknown> {
  let outcome: Outcome;
  try {
    outcome = readResult(await schema['~standard'].validate(data));
  } catch (error) {
    const message = 'cannot be checked: the schema threw an error. See the cause';
    throw unexpectedBodyError(call, { status }, [{ path: [], message }], sanitizeCause(error));
  }
  if ('value' in outcome) return outcome.value;
  throw unexpectedBodyError(call, { status }, outcome.issues);
}

type Outcome = { readonly value: unknown } | { readonly issues: readonly PersonaIssue[] };

/** Reads the result of a schema, which may be anything, such as an instance of a class with getters. */
function readResult(result: unknown): Outcome {
  const { issues, value } = Object(result) as { readonly issues?: unknown; readonly value?: unknown };
  if (Array.isArray(issues) && issues.length > 0)
    return { issues: issues.slice(0, MAX_RESPONSE_ISSUES).map(toIssue) };
  if (issues) return { issues: [{ path: [], message: 'is rejected by the schema, without a reason' }] };
  if ('value' in Object(result)) return { value };
  return { issues: [{ path: [], message: 'cannot be checked: the schema returned no result' }] };
}

function toIssue(issue: unknown): PersonaIssue {
  const { message, path } = Object(issue) as { readonly message?: unknown; readonly path?: unknown };
  const keys = Array.isArray(path) ? path.slice(0, MAX_PATH_LENGTH) : [];
  return {
    path: keys.map((key) => {
      const name: unknown = Object(key) === key ? Object(key).key : key;
      return typeof name === 'number' ? name : String(name);
    }),
    message: typeof message === 'string' ? message : 'is invalid',
  };
}
