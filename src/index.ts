/**
 * `persona-client`: the client, its options, its errors, and the types of what it reads and writes.
 *
 * @module persona-client
 */

export type { CacheStats, ClientCache } from './cache/types.js';
export { PersonaClient, type WithMeta } from './client/client.js';
export type { PersonaClientLike } from './client/client-like.js';
export type {
  AuthOptions,
  Credentials,
  GetToken,
  LockedTokens,
  TokenPair,
  TokenStore,
} from './config/auth-options.js';
export {
  type CustomAttributes,
  type CustomData,
  type CustomPersona,
  type CustomPersonaCreate,
  type CustomPersonaUpdate,
  type DefinedAttributes,
  defineAttributes,
  type StandardResult,
  type StandardSchema,
} from './config/define-attributes.js';
export type { Environment } from './config/env.js';
export type {
  AccessOptions,
  AttemptOutcome,
  BreakerOptions,
  CachedRead,
  CacheOptions,
  CacheStore,
  CategoryAccess,
  ClientOptions,
  ClientRetryOptions,
  Logger,
  LogLevel,
  Operation,
  OperationPattern,
  RedactedField,
  RequestOptions,
  RetryOptions,
  ViewOptions,
} from './config/options.js';
export {
  PersonaAbortError,
  PersonaAuthenticationError,
  PersonaCircuitOpenError,
  PersonaConflictError,
  PersonaConnectionError,
  PersonaError,
  type PersonaErrorCode,
  type PersonaErrorDetails,
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
} from './core/errors/index.js';
export type {
  CallEvent,
  CallMeta,
  CircuitState,
  PersonaEvents,
  PersonaListener,
  TimelineEntry,
} from './core/events.js';
export type { Dialect } from './core/service-profile.js';
export type { Auth, SessionInfo } from './endpoints/auth.js';
export type { PersonaCategory } from './endpoints/categories.js';
export type { FieldConfigs } from './endpoints/field-config.js';
export type { Health, HealthStatus } from './endpoints/health.js';
export type { Personas } from './endpoints/personas/index.js';
export type {
  IterateOptions,
  IterationCheckpoint,
  PersonaIterator,
  ToArrayOptions,
} from './endpoints/personas/iterate.js';
export type { ListQuery, PersonaPage } from './endpoints/personas/list.js';
export type { IterationReport } from './endpoints/personas/scan.js';
export type { PersonaSchema, Schemas } from './endpoints/schema.js';
export type { ResultWithMeta } from './pipeline/result.js';
export type {
  AttributeCategory,
  Behavioral,
  Category,
  Contextual,
  Demographic,
  DemographicInput,
  Psychographic,
} from './schemas/categories.js';
export type { FieldChange, SchemaDrift } from './schemas/drift.js';
export type { CategoryConfig, FieldConfig, FieldDefinition } from './schemas/field-config.js';
export type { JsonValue } from './schemas/json.js';
export type { Persona, PersonaCreate, PersonaUpdate } from './schemas/persona.js';
