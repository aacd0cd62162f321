import type { ZodMiniType } from 'zod/mini';
import { raceAbort } from '../core/abort.js';
import { type Call, callError } from '../core/call.js';
import { type PersonaIssue, PersonaResponseError } from '../core/errors/index.js';
import type { InvalidField } from '../core/events.js';
import type { HttpResponse } from '../core/response.js';
import { formatIssues, type ParseResult, safeParse } from '../core/validate.js';
import { CATEGORIES } from '../schemas/categories.js';
import type { Persona } from '../schemas/persona.js';
import { invalidFieldsError } from './invalid-fields.js';
import type { RepairContext } from './repair/index.js';

/** The data of a response. */
interface Decoded<Wire> {
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
  let isExact = false;
  if (body !== undefined) {
    const wire = unwrap(body, unwrapKey);
    const parsed = parseWire(call, response, schema, wire);
    if ('issues' in parsed && !mayContainPersonas(call, wire))
      throw unexpectedBodyError(call, response, parsed.issues);
    isExact = !exceeds(MAX_DEPTH, Number.MAX_SAFE_INTEGER, body);
    if ('value' in parsed && isExact) return { data: parsed.value };
  }
  const repaired = import('./repair/index.js').then(
    ({ repair }) =>
      repair({
        ...context,
        call,
        response,
        schema,
        exactBody: isExact ? body : undefined,
        maxDepth: MAX_DEPTH,
        maxRows: MAX_ROWS,
        mayContainPersonas: (wire) => mayContainPersonas(call, wire),
        unwrap: (value) => unwrap(value, unwrapKey),
        decodeStrictly: strictly,
        safeParse: (partSchema, value) => parseWire(call, response, partSchema, value),
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
  // An empty body is `null` for a schema that accepts it.
  const empty = response.text.trim() === '' ? parseWire(call, response, schema, null) : undefined;
  if (empty && 'value' in empty) return empty.value;
  const parsed = parseWire(call, response, schema, unwrap(parseBody(call, response), unwrapKey));
  if ('value' in parsed) return parsed.value;
  throw unexpectedBodyError(call, response, parsed.issues);
}

/** @throws {PersonaResponseError} if the schema itself fails. */
function parseWire<Wire>(
  call: Call,
  response: HttpResponse,
  schema: ZodMiniType<Wire, unknown>,
  wire: unknown,
): ParseResult<Wire> {
  try {
    return safeParse(schema, wire);
  } catch (error) {
    const { name } = Object(error) as { readonly name?: unknown };
    throw unexpectedBodyError(call, response, [{ path: [], message: `the validation failed with ${name}` }]);
  }
}

/** Creates the error for a body that does not match its schema. */
export const unexpectedBodyError = (
  call: Call,
  { status }: Pick<HttpResponse, 'status'>,
  issues: readonly PersonaIssue[],
  cause?: unknown,
) =>
  callError(
    PersonaResponseError,
    call,
    `returned ${status} with an unexpected body: ${formatIssues(issues)}.`,
    { status, issues, cause },
  );

/** The client never requests more rows. A larger list without a usable row is not a persona list. */
const MAX_ROWS = 1_000;

/**
 * Returns whether a repair may find persona data in the response. A list of more than 1,000 rows must contain a row that looks
 * usable. Otherwise, the repair of so many rows would block the process for nothing.
 */
function mayContainPersonas({ name }: Call, wire: unknown): boolean {
  const [resource] = name.split('.');
  if (CATEGORIES.some((category) => category === resource)) return true;
  const { personas } = Object(wire) as { readonly personas?: unknown };
  if (!Array.isArray(personas)) return resource === 'personas' && isPersonaLike(wire);
  return personas.slice(0, MAX_ROWS).some(personas.length > MAX_ROWS ? looksUsable : isPersonaLike);
}

const isPersonaLike = (row: unknown): boolean =>
  ['id', 'name', 'created_at', 'updated_at'].some((field) => Object.hasOwn(Object(row), field));

function looksUsable(row: unknown): boolean {
  const { id, name, created_at, updated_at } = Object(row) as Partial<Record<keyof Persona, unknown>>;
  const isTime = (value: unknown) => typeof value === 'string' && !Number.isNaN(Date.parse(value));
  return typeof id === 'number' && typeof name === 'string' && isTime(created_at) && isTime(updated_at);
}

function parseBody(call: Call, response: HttpResponse): unknown {
  const { body, status, text } = response;
  const invalidBodyError = (problem: string) =>
    callError(PersonaResponseError, call, `returned ${status} with ${problem}.`, { status });
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
  if (Array.isArray(value)) {
    for (const inner of value) if (exceeds(maxDepth - 1, maxNumber, inner)) return true;
    return false;
  }
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
