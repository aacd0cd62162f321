import type { ZodMiniType } from 'zod/mini';
import type { Call } from '../core/call.js';
import { appliedHint, describeCall, errorDetails } from '../core/call.js';
import { PersonaResponseError } from '../core/errors/index.js';
import type { HttpResponse } from '../core/response.js';
import { check, formatIssues } from '../core/validate.js';

/** A success turned into data, or an error that says what does not fit the contract. */
export function decode<Wire>(
  call: Call,
  answer: HttpResponse,
  wire: ZodMiniType<Wire, unknown> | undefined,
  key?: string,
): Wire {
  if (wire === undefined) {
    if (answer.text.trim() !== '') parse(call, answer); // what is said does not matter, but who says it
    return undefined as Wire;
  }
  const checked = check(wire, unwrap(parse(call, answer), key));
  if ('value' in checked) return checked.value;
  throw new PersonaResponseError(
    `${describeCall(call)} was answered ${answer.status} with something else than the contract says: ${formatIssues(checked.issues)}.${appliedHint(call)}`,
    { ...errorDetails(call), status: answer.status, issues: checked.issues },
  );
}

function parse(call: Call, answer: HttpResponse): unknown {
  const refuse = (what: string) =>
    new PersonaResponseError(
      `${describeCall(call)} was answered ${answer.status} with ${what}.${appliedHint(call)}`,
      {
        ...errorDetails(call),
        status: answer.status,
      },
    );
  const { body } = answer;
  if (body === undefined)
    throw refuse(
      `${describe(answer.text)} where JSON was promised; something in front of the service may have answered`,
    );
  if (isDeeperThan(MAX_DEPTH, body)) throw refuse(`JSON nested deeper than ${MAX_DEPTH} levels`);
  return body;
}

/** Some more than a caller may write, so that whatever was written can be read. */
const MAX_DEPTH = 100;

/** Whether something in it stands below so many levels. Goes no deeper itself, so its stack is bounded too. */
function isDeeperThan(most: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (most === 0) return true;
  if (Array.isArray(value)) return value.some((inner) => isDeeperThan(most - 1, inner));
  const fields = value as Readonly<Record<string, unknown>>;
  for (const key in fields)
    if (Object.hasOwn(fields, key) && isDeeperThan(most - 1, fields[key])) return true;
  return false;
}

function describe(text: string): string {
  if (text.trim() === '') return 'an empty body';
  if (/^\s*</.test(text)) return 'HTML';
  return /^\s*[{[]/.test(text) ? 'broken JSON' : 'text';
}

/** A part that was never set is absent or null: an empty object, as the dialect with an endpoint for it answers. */
function unwrap(body: unknown, key: string | undefined): unknown {
  if (key === undefined || typeof body !== 'object' || body === null) return body;
  return (body as Record<string, unknown>)[key] ?? {};
}
