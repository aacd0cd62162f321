import { type Call, callError } from '../../core/call.js';
import { withoutFrames } from '../../core/call-site.js';
import { PersonaCircuitOpenError } from '../../core/errors/index.js';

/** Creates the error of an attempt that the circuit rejected. */
export function createCircuitOpenError(
  call: Call,
  isOpen: boolean,
  consecutiveFailures: number,
  retryAfterMs: number,
): PersonaCircuitOpenError {
  const state = isOpen ? 'open' : 'half-open and waits for its probe';
  const reset = Number.isFinite(retryAfterMs)
    ? `The next request is allowed in ${Math.ceil(retryAfterMs / 1000)} s.`
    : 'The circuit stays open.';
  const text = `was not sent: the circuit is ${state}. Consecutive failed attempts: ${consecutiveFailures}. ${reset}`;
  const details = { retryAfterMs, cause: call.progress.lastError };
  return withoutFrames(() => callError(PersonaCircuitOpenError, call, text, details));
}
