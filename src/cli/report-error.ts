import { PersonaError, PersonaValidationError } from '../core/errors/index.js';
import { escapeControls } from '../core/safe-text.js';
import { InputError, InterruptError } from './errors.js';
import { EXIT, EXIT_CODE_BY_ERROR } from './exit-codes.js';
import { colorize, printToStderr, toJsonLine } from './output.js';

const ADVICE: Readonly<Record<string, string>> = {
  unauthenticated: 'Log in first: persona-client login',
  connection_failed: 'Check that the service is running. To find the cause, run: persona-client doctor',
};

/** The last sentence of a message whose reason is in the cause. */
const SEE_CAUSE = 'See the cause.';

/** Prints an error to standard error, as JSON or as text, and returns the exit code. */
export function reportError(error: unknown, json: boolean): number {
  const message = escapeControls(getMessage(error));
  const code = getErrorCode(error);
  if (json) printToStderr(toJsonLine({ error: error instanceof PersonaError ? error : { code, message } }));
  else {
    const text = escapeControls(describeWithCause(error));
    printToStderr(`${colorize('red', 'persona-client', process.stderr)}: ${text}`);
    if (error instanceof PersonaValidationError && code === 'rejected_input')
      for (const { path, message: reason } of error.issues)
        printToStderr(escapeControls([path.join('.'), reason].filter(Boolean).join(': ')));
    printAdvice(error);
  }
  return getExitCode(error);
}

/** Prints why a command over many items stopped early, and returns the exit code. */
export function reportStop(error: unknown): number {
  printToStderr(escapeControls(omitEffect(describeWithCause(error))));
  printAdvice(error);
  return getExitCode(error);
}

const getMessage = (error: unknown): string => String(error instanceof Error ? error.message : error);

/** Returns the message of an error. Replaces a reference to the cause by the message of the cause. */
function describeWithCause(error: unknown): string {
  const message = getMessage(error);
  let reason = error;
  while (getMessage(reason).endsWith(SEE_CAUSE)) {
    const { cause } = Object(reason) as { readonly cause?: unknown };
    if (!(cause instanceof Error)) return message;
    reason = cause;
  }
  return reason === error ? message : message.slice(0, -SEE_CAUSE.length) + getMessage(reason);
}

function printAdvice(error: unknown): void {
  const advice = getMessage(error).endsWith(SEE_CAUSE) ? undefined : ADVICE[getErrorCode(error)];
  if (advice) printToStderr(advice);
}

/** Returns the exit code of a command that failed with an error. */
export const getExitCode = (error: unknown): number =>
  EXIT_CODE_BY_ERROR[getErrorCode(error)] ?? EXIT.failure;

/** Returns the `code` of a `PersonaError`. For any other error, returns `invalid_input`, `aborted` or `failed`. */
export function getErrorCode(error: unknown): string {
  if (error instanceof PersonaError) return error.code;
  if (error instanceof InputError) return 'invalid_input';
  return error instanceof InterruptError ? 'aborted' : 'failed';
}

/** Returns the message of an error about one of several items. Omits "Nothing was written", which may be wrong for the others. */
export const describeItemError = (error: unknown): string => omitEffect(getMessage(error));

const omitEffect = (message: string): string => message.replace(/ Nothing was written\.$/, '');
