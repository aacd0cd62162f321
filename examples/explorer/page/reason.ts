import { PersonaCircuitOpenError, PersonaError } from 'persona-client';

/** Why something could not be done, for whoever sits in front of the page. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof PersonaError)) return 'Something in this page broke.';
  const after = error.maybeApplied ? ' It may have taken effect all the same.' : '';
  if (error instanceof PersonaCircuitOpenError)
    return `The circuit is open: nothing was sent, try again in ${Math.ceil(error.retryAfterMs / 1000)} s.`;
  return `${error.code.replaceAll('_', ' ')}, after ${error.attempts} attempts.${after}`;
}
