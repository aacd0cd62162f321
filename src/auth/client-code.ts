import { lowerCaseNames } from '../config/resolve-request-options.js';
import { assertSecureOrigin } from '../config/secure-origin.js';
import { onAbort, raceAbort } from '../core/abort.js';
import { callError, continueAsNewUser } from '../core/call.js';
import { emitCallEnd, emitCallStart } from '../core/call-log.js';
import { createProgress } from '../core/call-progress.js';
import { callSafely } from '../core/call-safely.js';
import { sleepAwareNow } from '../core/clock.js';
import { deleteOldest } from '../core/delete-oldest.js';
import {
  copyError,
  PersonaAbortError,
  PersonaAuthenticationError,
  PersonaError,
} from '../core/errors/index.js';
import { monotonicNow } from '../core/monotonic-now.js';
import { newRandomId } from '../core/random-id.js';
import { RequestId } from '../core/request-id.js';
import { findErrorMessage, isServiceError } from '../core/response.js';
import { isFrameworkError, sanitizeCause, toReadable } from '../core/sanitize-error.js';
import { SharedWork } from '../core/shared-work.js';
import { delay, raceTimeout } from '../core/timers.js';
import { formatIssues, safeParse } from '../core/validate.js';
import { CallSignal } from '../pipeline/call-signal.js';
import { decodeStrictly } from '../pipeline/decode.js';
import { errorFromResponse } from '../pipeline/errors-from-status.js';
import { createSanitizer } from '../pipeline/sanitize-message.js';
import { isToken, storedTokensSchema, tokenResponseSchema } from '../schemas/token.js';
import { identityKey } from './identity.js';
import { withoutTokens } from './without-tokens.js';

export type ClientCode = typeof clientCode;

/**
 * Functions of the client that the session code receives. If it imported them, the bundler would split the client into
 * several files.
 */
export const clientCode = {
  assertSecureOrigin,
  callError,
  CallSignal,
  callSafely,
  continueAsNewUser,
  copyError,
  createProgress,
  createSanitizer,
  decodeStrictly,
  delay,
  deleteOldest,
  emitCallEnd,
  emitCallStart,
  errorFromResponse,
  findErrorMessage,
  formatIssues,
  identityKey,
  isFrameworkError,
  isServiceError,
  isToken,
  lowerCaseNames,
  monotonicNow,
  newRandomId,
  onAbort,
  PersonaAbortError,
  PersonaAuthenticationError,
  PersonaError,
  raceAbort,
  raceTimeout,
  RequestId,
  safeParse,
  sanitizeCause,
  SharedWork,
  sleepAwareNow,
  storedTokensSchema,
  tokenResponseSchema,
  toReadable,
  withoutTokens,
};
