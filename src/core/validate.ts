import type { core, ZodMiniType } from 'zod/mini';
import { REFUSED, unexpected } from '../schemas/rules.js';
import { type PersonaIssue, PersonaValidationError } from './errors/index.js';

/** zod/mini has no words of its own; they are given per parse, since a global locale would be the application's. */
const how = { error: wordsFor, jitless: true };

/** For rules without words of their own: a type, or one of some values. */
function wordsFor(issue: core.$ZodRawIssue): string {
  if (issue.code === 'invalid_type') return unexpected(issue.expected, issue.input);
  if (issue.code !== 'invalid_value') return REFUSED;
  const values = issue.values.map((value) => (typeof value === 'string' ? `"${value}"` : String(value)));
  return values.length > 1
    ? `Invalid option: expected one of ${values.join('|')}`
    : `${REFUSED}: expected ${values}`;
}

export type Checked<T> = { readonly value: T } | { readonly issues: readonly PersonaIssue[] };

/** Check a value against a schema: what it stands for, or everything that is wrong with it. */
export function check<T>(schema: ZodMiniType<T, unknown>, value: unknown): Checked<T> {
  const parsed = schema.safeParse(value, how);
  return parsed.success
    ? { value: parsed.data }
    : { issues: distinct(parsed.error.issues.flatMap((issue) => issuesOf(issue))) };
}

/** A rule that is checked in two steps is still one rule broken. */
const distinct = (issues: readonly PersonaIssue[]): PersonaIssue[] => [
  ...new Map(issues.map((issue) => [JSON.stringify(issue), issue])).values(),
];

function issuesOf(issue: core.$ZodIssue, outer: readonly PropertyKey[] = []): PersonaIssue[] {
  const path = [...outer, ...issue.path].map((key) => (typeof key === 'number' ? key : String(key)));
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: [...path, key], message: 'is not known here' }));
  if (issue.code === 'invalid_union' && issue.message === REFUSED) {
    const closest = issue.errors.find((branch) => branch.some(({ path }) => path.length > 0));
    if (closest) return closest.flatMap((inner) => issuesOf(inner, path));
    return [{ path, message: issue.errors.map((branch) => branch[0]?.message).join(', or ') }];
  }
  return [{ path, message: issue.message }];
}

/** What a method was given, as it is to be used. @throws {PersonaValidationError} naming all that is wrong with it. */
export function parseInput<T>(method: string, schema: ZodMiniType<T, unknown>, given: unknown): T {
  const checked = check(schema, given);
  if ('issues' in checked) throw invalidInput(method, checked.issues);
  return checked.value;
}

export const invalidInput = (method: string, issues: readonly PersonaIssue[]): PersonaValidationError =>
  new PersonaValidationError(`${method}: invalid input, nothing was sent: ${formatIssues(issues)}`, {
    issues,
  });

/** The issues in one line: `name: must have 1 to 100 characters; demographic.age: must be …`. */
export const formatIssues = (issues: readonly PersonaIssue[]): string =>
  issues.map(({ path, message }) => (path.length > 0 ? `${path.join('.')}: ${message}` : message)).join('; ');
