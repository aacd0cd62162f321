import { PersonaError, type PersonaErrorDetails } from './persona-error.js';

/** A single validation problem. */
export interface PersonaIssue {
  /** Path of the invalid field, such as `['demographic', 'age']`. Empty if the problem has no field. */
  readonly path: readonly (string | number)[];
  /** The violated rule with its limits, such as `must have 1 to 100 characters`. */
  readonly message: string;
}

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

  /** All problems. May be empty for `rejected_input`, if the service names none. */
  readonly issues: readonly PersonaIssue[];
  /** HTTP status. `undefined` if the client rejected the input. */
  readonly status: number | undefined;
  constructor(
    message: string,
    details: PersonaErrorDetails & { readonly status?: number | undefined } & {
      readonly issues: readonly PersonaIssue[];
    },
  ) {
    super(message, { code: 'invalid_input', ...details });
    this.issues = details.issues;
    this.status = details.status;
  }
}
