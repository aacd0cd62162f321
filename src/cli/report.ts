import { PersonaError } from '../index.js';
import { BadInput, EXIT } from './exit-codes.js';
import { coloured, note, shown } from './terminal.js';

const OF_ERRORS: Readonly<Record<string, number>> = {
  invalid_input: EXIT.badInput,
  rejected_input: EXIT.badInput,
  not_found: EXIT.notFound,
  unauthenticated: EXIT.notAllowed,
  credentials_rejected: EXIT.notAllowed,
  auth_unsupported: EXIT.notAllowed,
  forbidden: EXIT.notAllowed,
  connection_failed: EXIT.unavailable,
  timeout: EXIT.unavailable,
  circuit_open: EXIT.unavailable,
  server_error: EXIT.unavailable,
  rate_limited: EXIT.unavailable,
  aborted: EXIT.interrupted,
};

const ADVICE: Readonly<Record<string, string>> = {
  unauthenticated: 'Sign in first: persona-client login',
  connection_failed: 'Is it running there? persona-client doctor tells more.',
};

/** Say what went wrong, for people or for programs. @returns the exit code. */
export function report(error: unknown, json: boolean): number {
  const message = shown(error instanceof Error ? error.message : String(error));
  const code =
    error instanceof PersonaError ? error.code : error instanceof BadInput ? 'invalid_input' : 'failed';
  if (json) note(JSON.stringify({ error: error instanceof PersonaError ? error : { code, message } }));
  else {
    note(`${coloured('red', 'persona-client', process.stderr)}: ${message}`);
    const advice = ADVICE[code];
    if (advice) note(advice);
  }
  return OF_ERRORS[code] ?? EXIT.failed;
}
