import type { ResolvedRetryOptions } from '../core/call.js';
import type { Priority } from '../core/call-progress.js';
import { requestOptionsSchema } from './options-schema.js';
import { parseOptions } from './parse-options.js';
import type { CallOptions, HeaderOptions, RequestOptions } from './request-options.js';
import type { ResolvedOptions } from './resolve-options.js';
import { resolveRetryOptions } from './retry-options.js';
import { assertSecureOrigin, findCredentialHeaders } from './secure-origin.js';
import { assertSupportedHeaders } from './supported-headers.js';

/** How a call uses the cache. See `RequestOptions.cache`. */
export type CacheMode = 'default' | 'reload' | 'no-store' | 'only-if-cached';

/** Options of one call: the client options, overridden by the request options. */
export interface ResolvedRequestOptions {
  readonly timeoutMs: number;
  readonly deadlineMs: number;
  readonly retry: ResolvedRetryOptions;
  readonly onUnknownOutcome: 'throw' | 'reconcile';
  readonly reads: 'lenient' | 'strict';
  readonly onInvalidFields: RequestOptions['onInvalidFields'];
  readonly priority: Priority;
  /** Headers with lower-case names. */
  readonly headers: HeaderOptions;
  readonly cache: { readonly mode: CacheMode; readonly ttlMs: number | undefined };
}

const DEFAULT_CACHE: ResolvedRequestOptions['cache'] = { mode: 'default', ttlMs: undefined };

/** The options of a call without request options. */
export const defaultRequestOptions = ({
  timeoutMs,
  deadlineMs,
  retry,
  onUnknownOutcome,
  reads,
  headers,
}: ResolvedOptions): ResolvedRequestOptions => ({
  timeoutMs,
  deadlineMs,
  retry: resolveRetryOptions(undefined, retry), // without the budget, which only clients have
  onUnknownOutcome,
  reads,
  onInvalidFields: undefined,
  priority: 'interactive',
  headers: lowerCaseNames(headers),
  cache: DEFAULT_CACHE,
});

/** Validated copies of frozen options. A bulk operation passes the same object with each item. */
const frozenOptions = new WeakMap<object, RequestOptions<never>>();

/**
 * Validates the request options of a call. Returns a copy, so the caller may change its options after the call. Validates frozen
 * options without nested objects or getters once.
 *
 * @throws {PersonaValidationError} with all invalid options.
 */
export function validateRequestOptions<Result>(
  options: CallOptions<Result>,
  call: string,
): RequestOptions<Result> {
  const known = frozenOptions.get(options);
  if (known) return known as RequestOptions<Result>;
  const parsed = parseOptions(requestOptionsSchema(), options, call) as RequestOptions<Result>;
  if (isImmutable(options)) frozenOptions.set(options, parsed as RequestOptions<never>);
  return parsed;
}

/** Whether the options can never change, not even through a nested object, a getter or the prototype. */
const isImmutable = (options: object): boolean =>
  Object.isFrozen(options) &&
  Object.getPrototypeOf(options) === Object.prototype &&
  Object.entries(Object.getOwnPropertyDescriptors(options)).every(
    ([name, { get, value }]) => !get && (name === 'signal' || typeof value !== 'object'),
  );

/**
 * Merges valid request options into the defaults.
 *
 * @param call names the method in error messages.
 * @throws {PersonaValidationError} for credentials that the client would send over plain HTTP.
 */
export function resolveRequestOptions(
  clientOptions: ResolvedOptions,
  defaults: ResolvedRequestOptions,
  options: CallOptions<unknown>,
  call: string,
): ResolvedRequestOptions {
  const { retry, headers, cache, signal: _, fallback: __, ...others } = options;
  assertSecureOrigin(clientOptions, call, findCredentialHeaders(headers));
  assertSupportedHeaders(clientOptions.fetch, call, headers);
  return {
    ...defaults,
    ...others,
    retry: resolveRetryOptions(retry, defaults.retry),
    headers: headers ? { ...defaults.headers, ...lowerCaseNames(headers) } : defaults.headers,
    cache: resolveCacheMode(cache, headers),
  };
}

/** Returns the cache mode of a call. The cache key does not contain headers, so calls with headers bypass the cache. */
function resolveCacheMode(
  cache: RequestOptions['cache'],
  headers: RequestOptions['headers'] = {},
): ResolvedRequestOptions['cache'] {
  if (cache === false || Object.keys(headers).length > 0) return { mode: 'no-store', ttlMs: undefined };
  if (cache === undefined) return DEFAULT_CACHE;
  return typeof cache === 'string'
    ? { mode: cache, ttlMs: undefined }
    : { mode: 'default', ttlMs: cache.ttlMs };
}

export const lowerCaseNames = (headers: HeaderOptions): Record<string, string | null> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
