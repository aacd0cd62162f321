import type { ResolvedRetryOptions } from '../core/call.js';
import type { Dialect } from '../core/dialect.js';
import { type AccessPolicy, restrict, UNRESTRICTED } from './access-policy.js';
import type { AuthOptions } from './auth-options.js';
import { normalizeBaseUrl } from './base-url.js';
import { type ResolvedBreakerOptions, resolveBreakerOptions } from './breaker-options.js';
import { type ResolvedCacheOptions, resolveCacheOptions } from './cache-options.js';
import type { NamedClientOptions, NamedViewOptions } from './client-options.js';
import type { DefinedAttributes } from './define-attributes.js';
import type { Logger, LogLevel } from './logger.js';
import type { OptionsSchema } from './options-schema.js';
import { copyOptions, parseOptions } from './parse-options.js';
import type { HeaderOptions } from './request-options.js';
import { DEFAULT_RETRY, resolveRetryBudget, resolveRetryOptions } from './retry-options.js';
import { assertSecureOrigin, findCredentialHeaders } from './secure-origin.js';
import { assertSupportedHeaders } from './supported-headers.js';
import type { TokenStore } from './token-store.js';

/** Client options, validated and with defaults. */
export interface ResolvedOptions {
  /** Without a trailing slash and without `/api/v1`. */
  readonly baseUrl: string;
  readonly apiVersion: string;
  /** URL prefix of all routes except `health`. */
  readonly apiUrl: string;
  readonly auth: AuthOptions | undefined;
  readonly tokenStore: TokenStore | undefined;
  readonly principal: string | undefined;
  readonly allowInsecureAuth: boolean;
  readonly policy: AccessPolicy;
  readonly timeoutMs: number;
  readonly deadlineMs: number;
  readonly retry: ResolvedRetryOptions & {
    /** `undefined` if unlimited. */
    readonly budget: number | undefined;
  };
  readonly onUnknownOutcome: 'throw' | 'reconcile';
  readonly lateWriteWindowMs: number;
  readonly reads: 'lenient' | 'strict';
  readonly breaker: ResolvedBreakerOptions | false;
  readonly cache: ResolvedCacheOptions | false;
  readonly concurrency: number;
  readonly dialect: Dialect | 'auto';
  readonly attributes: DefinedAttributes | undefined;
  readonly unknownFields: 'allow' | 'refuse';
  readonly maxResponseBytes: number;
  readonly headers: HeaderOptions;
  readonly logger: Logger | undefined;
  readonly logLevel: LogLevel;
  /** `undefined` means the global `fetch`, looked up for each request. */
  readonly fetch: typeof globalThis.fetch | undefined;
}

/**
 * Validates client options and applies defaults.
 *
 * @throws {PersonaValidationError} with all invalid options.
 */
export function resolveOptions(schema: OptionsSchema, input: NamedClientOptions): ResolvedOptions {
  const options = parseOptions(schema.client, input, 'PersonaClient') as NamedClientOptions;
  const { apiVersion = 'v1', lateWriteWindowMs = 10_000 } = options;
  const baseUrl = normalizeBaseUrl(options.baseUrl ?? 'http://localhost:5050', apiVersion);
  const { timeoutMs = 10_000, deadlineMs = 60_000 } = options;
  const retry = resolveRetryOptions(options.retry, DEFAULT_RETRY);
  const resolved: ResolvedOptions = {
    baseUrl,
    apiVersion,
    apiUrl: `${baseUrl}/api/${apiVersion}`,
    auth: options.auth && resolveAuth(options.auth, input.auth),
    tokenStore: options.tokenStore,
    principal: options.principal,
    allowInsecureAuth: options.allowInsecureAuth ?? false,
    policy: restrict(UNRESTRICTED, options),
    timeoutMs,
    deadlineMs,
    retry: { ...retry, budget: resolveRetryBudget(options.retry) },
    onUnknownOutcome: options.onUnknownOutcome ?? 'throw',
    lateWriteWindowMs,
    reads: options.reads ?? 'lenient',
    breaker: resolveBreakerOptions(options.breaker),
    cache: resolveCacheOptions(options.cache, lateWriteWindowMs, { timeoutMs, deadlineMs, retry }),
    concurrency: options.concurrency ?? 20,
    dialect: options.dialect ?? 'auto',
    attributes: options.attributes,
    unknownFields: options.unknownFields ?? 'allow',
    maxResponseBytes: options.maxResponseBytes ?? 10 * 1024 * 1024,
    headers: options.headers ?? {},
    logger: options.logger,
    logLevel: options.logLevel ?? 'info',
    fetch: options.fetch,
  };
  assertSecureOrigin(resolved, 'PersonaClient', [
    ...(['auth', 'tokenStore'] as const).filter((name) => options[name]).map((name) => [name]),
    ...findCredentialHeaders(options.headers),
  ]);
  assertSupportedHeaders(options.fetch, 'PersonaClient', options.headers);
  return resolved;
}

/**
 * Returns the options of an identity view: those of its client, with other credentials.
 *
 * Without `principal` a view has no token store, so a user name alone never loads stored tokens.
 *
 * @throws {PersonaValidationError} with all invalid options.
 */
export function resolveViewOptions(
  schema: OptionsSchema,
  clientOptions: ResolvedOptions,
  auth: AuthOptions,
  input: NamedViewOptions,
): ResolvedOptions {
  const source = 'PersonaClient.as';
  const options = parseOptions(
    schema.view,
    { ...copyOptions(input, source), auth },
    source,
  ) as NamedViewOptions & {
    auth: AuthOptions;
  };
  const { principal } = options;
  const tokenStore = principal === undefined ? undefined : clientOptions.tokenStore;
  assertSecureOrigin(clientOptions, source, [['auth']]);
  const policy = restrict(clientOptions.policy, options);
  return { ...clientOptions, auth: resolveAuth(options.auth, auth), principal, tokenStore, policy };
}

/** Keeps the caller's object for `getToken`, so that the function is called with its `this`. */
const resolveAuth = (parsed: AuthOptions, input: AuthOptions | undefined): AuthOptions =>
  input && 'getToken' in parsed ? input : parsed;
