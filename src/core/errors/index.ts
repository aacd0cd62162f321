/** Defines the error classes. */
export type { PersonaErrorCode } from '../error-codes.js';
export { PersonaAbortError } from './abort-error.js';
export { PersonaAuthenticationError, PersonaPermissionError } from './auth-errors.js';
export {
  isUnavailable,
  PersonaCircuitOpenError,
  PersonaConnectionError,
  PersonaNotCachedError,
  PersonaTimeoutError,
} from './availability-errors.js';
export { PersonaIncompleteListError } from './incomplete-list-error.js';
export {
  copyError,
  copyForCaller,
  getStatus,
  PersonaError,
  type PersonaErrorDetails,
  type RequestSummary,
} from './persona-error.js';
export {
  PersonaConflictError,
  PersonaNotFoundError,
  PersonaRateLimitError,
  PersonaResponseError,
  PersonaServerError,
} from './response-errors.js';
export { type PersonaIssue, PersonaValidationError } from './validation-error.js';
