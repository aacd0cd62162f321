import { PersonaError, type PersonaErrorDetails } from './persona-error.js';

/**
 * The caller aborted the call with the `signal` option, or closed the client or view.
 *
 * `cause` is the reason of the abort. `name` is `AbortError`, as for other aborted operations of the platform. Check
 * `maybeApplied` before you repeat a write.
 */
export class PersonaAbortError extends PersonaError {
  static override get kind(): string {
    return 'PersonaAbortError';
  }

  constructor(message: string, details: PersonaErrorDetails = {}) {
    super(message, { code: 'aborted', ...details });
  }
}
