import type * as z from 'zod/mini';
import type { AbortSignalLike } from '../core/abort.js';
import type { ResolvedRetryOptions } from '../core/call.js';
import type { Dialect } from '../core/service-profile.js';
import { check } from '../core/validate.js';
import { type Policy, restrict, UNRESTRICTED } from './access-policy.js';
import type { AuthOptions, TokenStore } from './auth-options.js';
import { assertSecureOrigin, credentialsIn, invalidOptions, normalizeBaseUrl } from './base-url.js';
import type { DefinedAttributes } from './define-attributes.js';
import type {
  AttemptOutcome,
  CacheOptions,
  CacheStore,
  ClientOptions,
  ClientRetryOptions,
  Logger,
  LogLevel,
  RequestOptions,
  RetryOptions,
  ViewOptions,
} from './options.js';
import { optionsSchema } from './options-schema.js';

export interface ResolvedStoreOptions {
  readonly store: CacheStore;
  readonly keySecret: string;
  readonly namespace: string;
  readonly storeTimeoutMs: number;
}

export interface ResolvedCacheOptions {
  readonly ttlMs: number;
  /** Where it differs, by the name of the read. */
  readonly ttlMsFor: Readonly<Partial<Record<string, number>>>;
  readonly maxEntries: number;
  readonly maxBytes: number;
  readonly staleIfErrorMs: number;
  readonly staleWhileRevalidateMs: number;
  /** How long after its caller has given up a write may still take effect. */
  readonly lateWriteWindowMs: number;
  readonly shared?: ResolvedStoreOptions | undefined;
}

/** What the client's options come to: checked, and with their defaults. */
export interface ResolvedOptions {
  /** Without a slash at the end and without `/api/v1`. */
  readonly baseUrl: string;
  readonly apiVersion: string;
  /** Where all but `health` is. */
  readonly apiUrl: string;
  readonly auth: AuthOptions | undefined;
  readonly tokenStore: TokenStore | undefined;
  readonly principal: string | undefined;
  readonly allowInsecureAuth: boolean;
  readonly policy: Policy;
  readonly timeoutMs: number;
  readonly deadlineMs: number;
  readonly retry: ResolvedRetryOptions & {
    /** Retries in reserve for all calls; none means no bound. */
    readonly budget: number | undefined;
  };
  readonly onUnknownOutcome: 'throw' | 'reconcile';
  readonly lateWriteWindowMs: number;
  readonly breaker: ResolvedBreakerOptions | false;
  readonly cache: ResolvedCacheOptions | false;
  readonly concurrency: number;
  readonly dialect: Dialect | 'auto';
  readonly attributes: DefinedAttributes | undefined;
  readonly maxResponseBytes: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly logger: Logger | undefined;
  readonly logLevel: LogLevel;
  readonly fetch: typeof globalThis.fetch;
}

/** One call's settings: the client's, changed by the call's own. */
export interface ResolvedRequestOptions {
  readonly timeoutMs: number;
  readonly deadlineMs: number;
  readonly retry: ResolvedRetryOptions;
  readonly onUnknownOutcome: 'throw' | 'reconcile';
  readonly headers: Readonly<Record<string, string>>;
  readonly cache: { readonly mode: CacheMode; readonly ttlMs: number | undefined };
}

const DEFAULT_RETRY: ResolvedRetryOptions = { limit: 3, backoffMs: 500, maxBackoffMs: 30_000 };
const NO_RETRY: ResolvedRetryOptions = { ...DEFAULT_RETRY, limit: 0 };

function retryRules(
  given: RetryOptions | false | undefined,
  base: ResolvedRetryOptions,
): ResolvedRetryOptions {
  if (given === false) return NO_RETRY;
  const { limit = base.limit, backoffMs = base.backoffMs, maxBackoffMs = base.maxBackoffMs } = given ?? {};
  return { limit, backoffMs, maxBackoffMs };
}

function budgetOf(given: ClientRetryOptions | false | undefined): number | undefined {
  const { budget = 10 } = given || {};
  return budget === false ? undefined : budget;
}

function cacheRules(given: CacheOptions = {}, lateWriteWindowMs = 10_000): ResolvedCacheOptions {
  const { store, keySecret = '', namespace = 'persona-client', storeTimeoutMs = 100, ...rules } = given;
  return {
    ttlMs: 300_000,
    ttlMsFor: {},
    maxEntries: 1_000,
    maxBytes: 33_554_432,
    staleIfErrorMs: 3_600_000,
    staleWhileRevalidateMs: 0,
    ...rules,
    lateWriteWindowMs: lateWriteWindowMs,
    ...(store && { shared: { store, keySecret, namespace, storeTimeoutMs } }),
  };
}

/**
 * Check the options and fill in the defaults.
 * @throws {PersonaValidationError} naming each option that is unknown or impossible.
 */
export function resolveOptions(options: ClientOptions): ResolvedOptions {
  const given = verified(optionsSchema().client, options, 'PersonaClient') as ClientOptions;
  const { apiVersion = 'v1' } = given;
  const baseUrl = normalizeBaseUrl(given.baseUrl ?? 'http://localhost:5050', apiVersion);
  const settings: ResolvedOptions = {
    baseUrl,
    apiVersion,
    apiUrl: `${baseUrl}/api/${apiVersion}`,
    auth: given.auth && asGiven(given.auth, options.auth),
    tokenStore: given.tokenStore,
    principal: given.principal,
    allowInsecureAuth: given.allowInsecureAuth ?? false,
    policy: restrict(UNRESTRICTED, given),
    timeoutMs: given.timeoutMs ?? 10_000,
    deadlineMs: given.deadlineMs ?? 60_000,
    retry: { ...retryRules(given.retry, DEFAULT_RETRY), budget: budgetOf(given.retry) },
    onUnknownOutcome: given.onUnknownOutcome ?? 'throw',
    lateWriteWindowMs: given.lateWriteWindowMs ?? 10_000,
    breaker: given.breaker !== false && {
      failMax: 5,
      resetTimeoutMs: 60_000,
      volumeThreshold: 10,
      windowMs: 60_000,
      ...given.breaker,
    },
    cache: given.cache !== false && cacheRules(given.cache, given.lateWriteWindowMs),
    concurrency: given.concurrency ?? 20,
    dialect: given.dialect ?? 'auto',
    attributes: given.attributes,
    maxResponseBytes: given.maxResponseBytes ?? 10 * 1024 * 1024,
    headers: given.headers ?? {},
    logger: given.logger,
    logLevel: given.logLevel ?? 'info',
    fetch: given.fetch ?? ((...request) => globalThis.fetch(...request)),
  };
  assertSecureOrigin(settings, 'PersonaClient', [
    ...(['auth', 'tokenStore'] as const).filter((name) => given[name]).map((name) => [name]),
    ...credentialsIn(given.headers),
  ]);
  return settings;
}

/**
 * The settings of an identity view: the client's, with other credentials. The token store is used for a `principal` only:
 * a user name that anybody could give must not bring out what is stored under it.
 * @throws {PersonaValidationError} naming each option that is unknown or impossible.
 */
export function resolveViewOptions(
  client: ResolvedOptions,
  auth: AuthOptions,
  options: ViewOptions,
): ResolvedOptions {
  const given = verified(
    optionsSchema().view,
    { ...options, auth },
    'PersonaClient.as',
  ) as Required<ViewOptions> & {
    auth: AuthOptions;
  };
  const { principal } = given;
  const tokenStore = principal === undefined ? undefined : client.tokenStore;
  assertSecureOrigin(client, 'PersonaClient.as', [['auth']]);
  const policy = restrict(client.policy, given);
  return { ...client, auth: asGiven(given.auth, auth), principal, tokenStore, policy };
}

/** With the object that `getToken` is a method of. */
const asGiven = (checked: AuthOptions, given: AuthOptions | undefined): AuthOptions =>
  given && 'getToken' in checked ? given : checked;

/**
 * What one call can be told, as it was told.
 * @throws {PersonaValidationError} naming each option that is unknown or impossible.
 */
export const validateRequestOptions = <Result>(options: CallOptions<Result>, call: string) =>
  passing(optionsSchema().request, options, call) as RequestOptions<Result>;

/** The settings of a call that is told nothing. */
export const defaultRequestOptions = ({
  timeoutMs,
  deadlineMs,
  retry,
  onUnknownOutcome,
  headers,
}: ResolvedOptions): ResolvedRequestOptions => ({
  timeoutMs,
  deadlineMs,
  retry,
  onUnknownOutcome: onUnknownOutcome,
  headers: lowerCased(headers),
  cache: STANDARD_CACHE,
});

/**
 * The settings of one call.
 * @throws {PersonaValidationError} naming each option that is unknown or impossible.
 */
export function resolveRequestOptions(
  client: ResolvedOptions,
  standard: ResolvedRequestOptions,
  options: CallOptions<unknown>,
  call: string,
): ResolvedRequestOptions {
  const given = validateRequestOptions(options, call);
  assertSecureOrigin(client, call, credentialsIn(given.headers));
  return {
    timeoutMs: given.timeoutMs ?? standard.timeoutMs,
    deadlineMs: given.deadlineMs ?? standard.deadlineMs,
    retry: given.retry === undefined ? standard.retry : retryRules(given.retry, standard.retry),
    onUnknownOutcome: given.onUnknownOutcome ?? standard.onUnknownOutcome,
    headers: given.headers ? { ...standard.headers, ...lowerCased(given.headers) } : standard.headers,
    cache: cacheSettings(given),
  };
}

const STANDARD_CACHE: ResolvedRequestOptions['cache'] = { mode: 'default', ttlMs: undefined };

function cacheSettings({ cache, headers = {} }: RequestOptions): ResolvedRequestOptions['cache'] {
  if (cache === false || Object.keys(headers).length > 0) return { mode: 'no-store', ttlMs: undefined };
  if (cache === undefined) return STANDARD_CACHE;
  return typeof cache === 'string'
    ? { mode: cache, ttlMs: undefined }
    : { mode: 'default', ttlMs: cache.ttlMs };
}

const verified = (schema: z.ZodMiniType, value: unknown, whose: string): unknown =>
  withoutUndefined(passing(schema, value, whose));

function passing(schema: z.ZodMiniType, value: unknown, whose: string): unknown {
  const checked = check(schema, value);
  if ('value' in checked) return checked.value;
  throw invalidOptions(whose, checked.issues);
}

/** Options that consist of options. */
const GROUPS = new Set(['retry', 'breaker', 'cache', 'ttlMsFor']);

/** An option given as `undefined` is one not given; otherwise it would hide its default. What is not ours, such as a token store, stays itself. */
const withoutUndefined = (value: unknown): unknown =>
  typeof value === 'object' && value !== null
    ? Object.fromEntries(
        Object.entries(value).flatMap(([key, inner]) =>
          inner === undefined ? [] : [[key, GROUPS.has(key) ? withoutUndefined(inner) : inner]],
        ),
      )
    : value;

const lowerCased = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
export interface ResolvedBreakerOptions {
  readonly failMax: number;
  readonly resetTimeoutMs: number;
  /** Instead of `failMax`: the share of failed attempts within `windowMs` that opens, once there were `volumeThreshold`. */
  readonly errorThresholdPercentage?: number | undefined;
  readonly volumeThreshold: number;
  readonly windowMs: number;
  readonly isFailure?: ((outcome: AttemptOutcome) => boolean) | undefined;
}

/** Request options, whose signal may be one of the client's own. */
export type CallOptions<Result> = Omit<RequestOptions<Result>, 'signal'> & {
  readonly signal?: AbortSignalLike | undefined;
};
export type CacheMode = 'default' | 'reload' | 'no-store' | 'only-if-cached';
