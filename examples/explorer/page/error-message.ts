import { PersonaCircuitOpenError, PersonaError } from 'persona-client';

/** Describes an error for the user of the page. */
export function describeError(error: unknown): string {
  if (!(error instanceof PersonaError)) return 'An unexpected error occurred in this page.';
  const hint = error.maybeApplied ? ' It may have taken effect.' : '';
  if (error instanceof PersonaCircuitOpenError)
    return `The circuit is open, so nothing was sent. Try again in ${Math.ceil(error.retryAfterMs / 1000)} s.`;
  return `${error.code.replaceAll('_', ' ')}, after ${error.attempts} attempts.${hint}`;
}
