/** Defines, validates and resolves options, and enforces the access policy. */
export type {
  CategoryAccess,
  RedactedField,
} from './access-options.js';
export type { AuthOptions, Credentials, GetToken } from './auth-options.js';
export type { AttemptOutcome, BreakerOptions } from './breaker-options.js';
export type { CacheStore } from './cache-options.js';
export type {
  AnyAttributes,
  CustomAttributes,
  CustomData,
  CustomPersona,
  CustomPersonaCreate,
  CustomPersonaUpdate,
} from './custom-types.js';
export {
  type DefinedAttributes,
  defineAttributes,
} from './define-attributes.js';
export type { Environment } from './env.js';
export type { Logger, LogLevel } from './logger.js';
export type { RequestOptions, UpdateOptions } from './request-options.js';
export type { ClientRetryOptions, RetryOptions } from './retry-options.js';
export type { StandardResult, StandardSchema } from './standard-schema.js';
export type { LockedTokens, TokenPair, TokenStore } from './token-store.js';
