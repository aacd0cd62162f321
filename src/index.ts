/**
 * `persona-client`: the client, its options, its errors, and the types of what it reads and writes.
 *
 * @module persona-client
 */
export {
  type DefinedAttributes,
  defineAttributes,
  type OwnAttributes,
  type OwnData,
  type OwnPersona,
  type OwnPersonaCreate,
  type OwnPersonaUpdate,
  type StandardResult,
  type StandardSchema,
} from './attributes.js';
export type {
  AuthOptions,
  Credentials,
  GetToken,
  LockedTokens,
  TokenPair,
  TokenStore,
} from './auth/types.js';
export type { CacheStats, CacheStore, ClientCache } from './cache/types.js';
export { PersonaClient, type WithMeta } from './client.js';
export type { PersonaClientLike } from './client-like.js';
export type { Dialect } from './dialect.js';
export type { Auth, SessionInfo } from './endpoints/auth.js';
export type { PersonaCategory } from './endpoints/categories.js';
export type { FieldConfigs } from './endpoints/field-config.js';
export type { Health, HealthStatus } from './endpoints/health.js';
export type {
  IterateOptions,
  PersonaWalk,
  ToArrayOptions,
  WalkCheckpoint,
} from './endpoints/iterate.js';
export type { ListQuery, PersonaPage } from './endpoints/persona-list.js';
export type { Personas } from './endpoints/personas.js';
export type { PersonaSchema, Schemas } from './endpoints/schema.js';
export type { WalkReport } from './endpoints/walk.js';
export type { Environment } from './environment.js';
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
} from './errors.js';
export type {
  CallEvent,
  CallMeta,
  CircuitState,
  PersonaEvents,
  PersonaListener,
  TimelineEntry,
} from './events.js';
export type {
  AccessOptions,
  AttemptOutcome,
  BreakerOptions,
  CachedRead,
  CacheOptions,
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
} from './options.js';
export type { Outcome } from './pipeline/outcome.js';
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
