import type { core, ZodMiniType } from 'zod/mini';
import { UNREADABLE } from '../schemas/plain-data.js';
import { unknownNameMessage } from '../schemas/suggest-name.js';
import { INVALID_INPUT, typeMismatch } from '../schemas/validators.js';
import { type PersonaIssue, PersonaValidationError } from './errors/index.js';
import { ignoreErrors } from './ignore-errors.js';
import { toSafeText } from './safe-text.js';

/**
 * Options of every parse. zod/mini has no messages, and a global locale would also change the application's messages.
 * `jitless` avoids `new Function`, which a Content-Security-Policy may forbid.
 */
const PARSE_OPTIONS = { error: defaultMessage, jitless: true };

/** Returns the message for rules that define none: a wrong type, or a value that is not in a list. */
function defaultMessage(issue: core.$ZodRawIssue): string {
  if (issue.code === 'invalid_type') return typeMismatch(issue.expected, issue.input);
  if (issue.code !== 'invalid_value') return INVALID_INPUT;
  const values = issue.values.map((value) => (typeof value === 'string' ? `"${value}"` : String(value)));
  return values.length > 1 ? `must be one of ${values.join(', ')}` : `${INVALID_INPUT}: expected ${values}`;
}

export type ParseResult<T> = { readonly value: T } | { readonly issues: readonly PersonaIssue[] };

/** Parses a value with a schema. Returns the parsed value, or all issues. */
export function safeParse<T>(schema: ZodMiniType<T, unknown>, value: unknown): ParseResult<T> {
  const parsed = schema.safeParse(value, PARSE_OPTIONS);
  return parsed.success
    ? { value: parsed.data }
    : { issues: removeDuplicates(parsed.error.issues.map(toIssue)) };
}

/** Removes duplicates, because a rule with two checks reports the same issue twice. */
const removeDuplicates = (issues: readonly PersonaIssue[]): PersonaIssue[] => [
  ...new Map(issues.map((issue) => [JSON.stringify(issue), issue])).values(),
];

const toIssue = ({ path, message }: core.$ZodIssue): PersonaIssue => ({
  path: path.map((key) => (typeof key === 'number' ? key : String(key))),
  message,
});

export const UNREADABLE_ISSUES: readonly PersonaIssue[] = [{ path: [], message: UNREADABLE }];

/** Parses a value of the caller. A value that cannot be read is invalid. */
export const safeParseInput = <T>(schema: ZodMiniType<T, unknown>, value: unknown): ParseResult<T> =>
  ignoreErrors(() => safeParse(schema, value)) ?? { issues: UNREADABLE_ISSUES };

/**
 * Parses the input of a method.
 *
 * @param method names the method in the error message.
 * @returns the parsed input.
 * @throws {PersonaValidationError} with all issues.
 */
export function parseInput<T>(method: string, schema: ZodMiniType<T, unknown>, input: unknown): T {
  const parsed = safeParseInput(schema, input);
  if ('issues' in parsed) throw invalidInputError(method, parsed.issues);
  return parsed.value;
}

/** Creates the error for invalid input of a method. */
export const invalidInputError = (method: string, issues: readonly PersonaIssue[]): PersonaValidationError =>
  new PersonaValidationError(`${method}: invalid input, nothing was sent: ${formatIssues(issues)}`, {
    issues,
  });

/**
 * Checks that an argument of a method is one of the known names.
 *
 * @throws {PersonaValidationError} otherwise.
 */
export function assertName<Name extends string>(
  method: string,
  argument: string,
  name: Name,
  names: readonly Name[],
): void {
  if (names.includes(name)) return;
  const message =
    Object(name) === name
      ? 'must be a string'
      : `"${String(name)}" ${unknownNameMessage(String(name), names)}`;
  throw invalidInputError(method, [{ path: [argument], message }]);
}

const MAX_ISSUE_BYTES = 400;
const MAX_ISSUES_LENGTH = 1_000;

/**
 * Formats issues in one line: `name: must have 1 to 100 characters; demographic.age: must be …`. If there are many issues,
 * omits the last ones.
 */
export function formatIssues(issues: readonly PersonaIssue[]): string {
  let text = '';
  for (const [index, { path, message }] of issues.entries()) {
    const issue = path.length > 0 ? `${path.join('.')}: ${message}` : message;
    if (text.length > MAX_ISSUES_LENGTH) return `${text}; and ${issues.length - index} more`;
    text += `${index > 0 ? '; ' : ''}${toSafeText(issue, MAX_ISSUE_BYTES)}`;
  }
  return text;
}
