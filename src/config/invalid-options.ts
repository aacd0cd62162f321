import { type PersonaIssue, PersonaValidationError } from '../core/errors/index.js';
import { formatIssues } from '../core/validate.js';

/**
 * Creates the error for invalid options.
 *
 * @param source names the function that received the options.
 */
export const invalidOptionsError = (
  source: string,
  issues: readonly PersonaIssue[],
): PersonaValidationError =>
  new PersonaValidationError(`${source}: invalid options: ${formatIssues(issues)}`, { issues });
