import { toSafeText } from '../safe-text.js';
import { defineHidden, PersonaError, type PersonaErrorDetails } from './persona-error.js';

/** A single validation problem. */
export interface PersonaIssue {
  /** Path of the invalid field, such as `['demographic', 'age']`. Empty if the problem has no field. */
  readonly path: readonly (string | number)[];
  /** The violated rule with its limits, such as `must have 1 to 100 characters`. */
  readonly message: string;
}

const MAX_ISSUES = 20;
const MAX_ISSUE_BYTES = 500;
const MAX_NAME_BYTES = 200;

/** Returns at most 20 issues, each of limited size and without control characters. */
export const limitIssues = (issues: readonly PersonaIssue[] = []): PersonaIssue[] =>
  issues.slice(0, MAX_ISSUES).map(({ path, message }) => ({
    path: path.map((key) => (typeof key === 'string' ? toSafeText(key, MAX_NAME_BYTES) : key)),
    message: toSafeText(message, MAX_ISSUE_BYTES),
  }));

/**
 * The input or an option is invalid. Correct the fields that `issues` names.
 *
 * - `invalid_input`: the client found the problem. Nothing was sent.
 * - `rejected_input`: the service rejected the request with 400 or 422.
 *
 * @example
 * ```ts
 * if (error instanceof PersonaValidationError)
 *   for (const { path, message } of error.issues) console.log(path.join('.'), message);
 * ```
 */
export class PersonaValidationError extends PersonaError {
  static override get kind(): string {
    return 'PersonaValidationError';
  }

  /** The problems, at most 20. May be empty for `rejected_input`, if the service names none. */
  declare readonly issues: readonly PersonaIssue[];
  /** HTTP status. `undefined` if the client rejected the input. */
  readonly status: number | undefined;
  constructor(
    message: string,
    details: PersonaErrorDetails & { readonly status?: number | undefined } & {
      readonly issues: readonly PersonaIssue[];
    },
  ) {
    super(message, { code: 'invalid_input', ...details });
    defineHidden(this, 'issues', limitIssues(details.issues));
    this.status = details.status;
  }
}
