/**
 * The client, its options, errors and events, and the data types of the service.
 *
 * @module persona-client
 */

export type { CacheStats, ClientCache } from './cache/types.js';
export { PersonaClient, type WithMeta } from './client/client.js';
export type {
  AccessOptions,
  CacheOptions,
  ClientOptions,
  OperationPattern,
  PersonaClientLike,
  ViewOptions,
} from './client/index.js';
export {
  type AnyAttributes,
  type AttemptOutcome,
  type AuthOptions,
  type BreakerOptions,
  type CacheStore,
  type CategoryAccess,
  type ClientRetryOptions,
  type Credentials,
  type CustomAttributes,
  type CustomData,
  type CustomPersona,
  type CustomPersonaCreate,
  type CustomPersonaUpdate,
  type DefinedAttributes,
  defineAttributes,
  type Environment,
  type GetToken,
  type LockedTokens,
  type Logger,
  type LogLevel,
  type RedactedField,
  type RequestOptions,
  type RetryOptions,
  type StandardResult,
  type StandardSchema,
  type TokenPair,
  type TokenStore,
  type UpdateOptions,
} from './config/index.js';
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
} from './core/errors/index.js';
export type {
  CallEvent,
  CallMeta,
  CircuitState,
  Dialect,
  InvalidField,
  PersonaEvents,
  PersonaListener,
  TimelineEntry,
} from './core/index.js';
export type {
  AnyRequest,
  SchemaOutput,
  SendRequest,
  SendRequestWithMeta,
} from './endpoints/any-route/index.js';
export type { Auth, SessionInfo } from './endpoints/auth.js';
export type { PersonaCategory } from './endpoints/categories.js';
export type { FieldConfigs } from './endpoints/field-config.js';
export type { Health, HealthStatus } from './endpoints/health.js';
export type { ClientResources } from './endpoints/index.js';
export type { CachedRead, Operation } from './endpoints/operations.js';
export type { IterationCheckpoint } from './endpoints/personas/checkpoint.js';
export type { Personas } from './endpoints/personas/index.js';
export type {
  IncompleteReason,
  IterateOptions,
  IterationReport,
  PersonaIterator,
  ToArrayOptions,
} from './endpoints/personas/iteration-types.js';
export type { ListQuery, PersonaPage } from './endpoints/personas/list.js';
export type { PersonaSchema, Schemas } from './endpoints/schema.js';
export type { ResultWithMeta } from './pipeline/result.js';
export type {
  AttributeCategory,
  Behavioral,
  Category,
  CategoryConfig,
  Contextual,
  Demographic,
  DemographicInput,
  FieldChange,
  FieldConfig,
  FieldDefinition,
  JsonValue,
  OpenAttributes,
  OpenFields,
  Persona,
  PersonaCreate,
  PersonaUpdate,
  Psychographic,
  SchemaDrift,
} from './schemas/index.js';
