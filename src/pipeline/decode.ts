import type { ZodMiniType } from 'zod/mini';
import { raceAbort } from '../core/abort.js';
import { appliedHint, type Call, describeCall, errorDetails } from '../core/call.js';
import { PersonaResponseError } from '../core/errors/index.js';
import type { InvalidField } from '../core/events.js';
import type { HttpResponse } from '../core/response.js';
import { formatIssues, safeParse } from '../core/validate.js';
import { invalidFieldsError } from './invalid-fields.js';
import type { RepairContext } from './repair/index.js';

/** The data of a response. */
export interface Decoded<Wire> {
  readonly data: Wire;
  /** Set if the response broke the contract: the fields that the data lacks. */
  readonly invalidFields?: readonly InvalidField[];
}

/**
 * Parses and validates the body of a successful response. If the response breaks the contract, repairs it.
 *
 * @param unwrapKey key in the body that contains the data. Without a key, the whole body is the data.
 * @throws {PersonaResponseError} if the body is not JSON, or does not match the schema even after a repair.
 */
export function decode<Wire>(
  call: Call,
  response: HttpResponse,
  schema: ZodMiniType<Wire, unknown> | undefined,
  unwrapKey: string | undefined,
  context: RepairContext,
): Decoded<Wire> | Promise<Decoded<Wire>> {
  const strictly = () => decodeStrictly(call, response, schema, unwrapKey);
  const { body, text } = response;
  if (schema === undefined || (body === undefined && !looksLikeJson(text))) return { data: strictly() };
  if (body !== undefined && !exceeds(MAX_DEPTH, Number.MAX_SAFE_INTEGER, body)) {
    const parsed = safeParse(schema, unwrap(body, unwrapKey));
    if ('value' in parsed) return { data: parsed.value };
  }
  const repaired = import('./repair/index.js').then(
    ({ repair }) =>
      repair({
        ...context,
        call,
        response,
        schema,
        maxDepth: MAX_DEPTH,
        unwrap: (value) => unwrap(value, unwrapKey),
        decodeStrictly: strictly,
        safeParse,
        invalidFieldsError,
      }),
    () => ({ data: strictly() }), // the error must not depend on a download
  );
  return raceAbort(repaired, call.signal);
}

/**
 * Parses and validates the body of a successful response, without a repair.
 *
 * @throws {PersonaResponseError} if the body is not JSON, is nested too deeply, or does not match the schema.
 */
export function decodeStrictly<Wire>(
  call: Call,
  response: HttpResponse,
  schema: ZodMiniType<Wire, unknown> | undefined,
  unwrapKey?: string,
): Wire {
  if (schema === undefined) {
    // The call needs no data, but a body that is not JSON did not come from the service.
    if (response.text.trim() !== '') parseBody(call, response);
    return undefined as Wire;
  }
  const parsed = safeParse(schema, unwrap(parseBody(call, response), unwrapKey));
  if ('value' in parsed) return parsed.value;
  throw new PersonaResponseError(
    `${describeCall(call)} returned ${response.status} with an unexpected body: ${formatIssues(parsed.issues)}.${appliedHint(call)}`,
    { ...errorDetails(call), status: response.status, issues: parsed.issues },
  );
}

function parseBody(call: Call, response: HttpResponse): unknown {
  const { body, status, text } = response;
  const invalidBodyError = (problem: string) =>
    new PersonaResponseError(
      `${describeCall(call)} returned ${status} with ${problem}.${appliedHint(call)}`,
      {
        ...errorDetails(call),
        status,
      },
    );
  if (body === undefined)
    throw invalidBodyError(
      `${describeText(text)} instead of JSON; a proxy in front of the service may have responded`,
    );
  if (exceeds(MAX_DEPTH, Number.POSITIVE_INFINITY, body))
    throw invalidBodyError(`JSON nested deeper than ${MAX_DEPTH} levels`);
  return body;
}

/** Input may be nested as deeply, so that the client can write back everything that it reads. */
const MAX_DEPTH = 100;

/** Returns whether a value is nested too deeply, or contains a number that is too large. The recursion stops there. */
function exceeds(maxDepth: number, maxNumber: number, value: unknown): boolean {
  if (typeof value === 'number') return Math.abs(value) > maxNumber;
  if (typeof value !== 'object' || value === null) return false;
  if (maxDepth === 0) return true;
  if (Array.isArray(value)) return value.some((inner) => exceeds(maxDepth - 1, maxNumber, inner));
  const fields = value as Readonly<Record<string, unknown>>;
  for (const key in fields)
    if (Object.hasOwn(fields, key) && exceeds(maxDepth - 1, maxNumber, fields[key])) return true;
  return false;
}

const looksLikeJson = (text: string): boolean => /^\s*[{[]/.test(text);

function describeText(text: string): string {
  if (text.trim() === '') return 'an empty body';
  if (/^\s*</.test(text)) return 'HTML';
  return looksLikeJson(text) ? 'broken JSON' : 'text';
}

/** Returns the value of the key. A category that was never set is missing or null, and becomes `{}`. */
function unwrap(body: unknown, key: string | undefined): unknown {
  if (key === undefined || typeof body !== 'object' || body === null) return body;
  return (body as Record<string, unknown>)[key] ?? {};
}
