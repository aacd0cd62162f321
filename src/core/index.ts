/** Defines what all layers share: errors, events, calls, abort signals, responses and the service profile. */

export type { Dialect } from './dialect.js';
export {
  PersonaAbortError,
  PersonaAuthenticationError,
  PersonaCircuitOpenError,
  PersonaConflictError,
  PersonaConnectionError,
  PersonaError,
  type PersonaErrorCode,
  type PersonaErrorDetails,
  PersonaIncompleteListError,
  type PersonaIssue,
  PersonaNotCachedError,
  PersonaNotFoundError,
  PersonaPermissionError,
  PersonaRateLimitError,
  PersonaResponseError,
  PersonaServerError,
  PersonaTimeoutError,
  PersonaValidationError,
  type RequestSummary,
} from './errors/index.js';
export type {
  CallEvent,
  CallMeta,
  CircuitState,
  InvalidField,
  PersonaEvents,
  PersonaListener,
  TimelineEntry,
} from './events.js';
