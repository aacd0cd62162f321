import * as z from 'zod/mini';
import type { AuthOptions, TokenStore } from './auth/types.js';
import type { Dialect } from './dialect.js';
import { type PersonaError, PersonaValidationError } from './errors.js';
import type { AttemptOutcome, BreakerRules } from './pipeline/breaker.js';
import type { CacheRules } from './pipeline/cache.js';
import type { RetryRules } from './pipeline/types.js';
import { whole } from './schemas/numbers.js';
import { check, inWords } from './validate.js';

/** How failed attempts are repeated. What is repeated at all depends on the method and the failure, see the README's table. */
export interface RetryOptions {
  /** Attempts after the first one. The guide's session makes three. @default 3 */
  limit?: number;
  /** Upper bound of the first wait, doubled for each further one; the wait itself is random below it. @default 500 */
  backoffMs?: number;
  /** Upper bound of any wait, unless the service asks for a longer one. @default 30_000 */
  maxBackoffMs?: number;
}

/** The client's own, beside what a call can change. */
export interface ClientRetryOptions extends RetryOptions {
  /**
   * How many retries the client's calls may have in reserve. Each retry takes one; every ten successes, and every
   * ten seconds, give one back. In a full outage calls are then sent hardly more than once. `false`: no bound.
   * @default 10
   */
  budget?: number | false;
}

/** When to stop sending to a service that fails. */
export interface BreakerOptions {
  /** Consecutive failed attempts that open the circuit. Attempts, not calls: a call with its retries can be four. @default 5 (guide) */
  failMax?: number;
  /** How long the circuit stays open before one attempt is let through. `Infinity`: for good. @default 60_000 (guide) */
  resetTimeoutMs?: number;
  /** Open by share instead of `failMax`: so many percent of the attempts within `windowMs` failed. @default none */
  errorThresholdPercentage?: number;
  /** How many attempts there must be within `windowMs` for their share to tell. @default 10 */
  volumeThreshold?: number;
  /** The sliding window for `errorThresholdPercentage`; several times `timeoutMs`, or slow failures slip through. @default 60_000 */
  windowMs?: number;
  /**
   * Whether an attempt speaks against the service's health, where you know better than the default:
   * no answer, or a status of 500 and more. Aborts and deadlines never count.
   */
  isFailure?: (outcome: AttemptOutcome) => boolean;
}

/** How long answers to reads are kept, and what for. */
export interface CacheOptions {
  /** How long an answer is fresh. @default 300_000 (guide) */
  ttlMs?: number;
  /** How many answers are kept; the least recently used go first. @default 1_000 */
  maxEntries?: number;
  /** How long after its TTL an answer still stands in for a service that is unavailable. 0: never. @default 3_600_000 */
  staleIfErrorMs?: number;
  /** How long after its TTL an answer is still given at once, while a new one is fetched behind it. @default 0 */
  staleWhileRevalidateMs?: number;
}

/**
 * Everything a client can be told. All of it is optional; an option that does not exist is an error.
 *
 * @example
 * ```ts
 * const client = new PersonaClient({ baseUrl: 'https://personas.example.com', auth: { token } });
 * ```
 */
export interface ClientOptions {
  /** Where the service is, with or without `/api/v1`. @default 'http://localhost:5050' */
  baseUrl?: string;
  /** The path segment after `/api`. @default 'v1' */
  apiVersion?: string;
  /** Who is calling: a password, a token, a pair of tokens, or a function that gets one. @default none */
  auth?: AuthOptions;
  /** Where tokens live between runs. @default in memory */
  tokenStore?: TokenStore;
  /** A name for this identity in the token store; else derived from the credential's user name. */
  principal?: string;
  /** How long one exchange may take, from sending to the last byte. @default 10_000 (guide) */
  timeoutMs?: number;
  /** How long a whole call may take, retries and waits included. @default 60_000 */
  deadlineMs?: number;
  /** @default { limit: 3, backoffMs: 500, maxBackoffMs: 30_000, budget: 10 } */
  retry?: ClientRetryOptions | false;
  /**
   * What `personas.create` does when it cannot know whether the service has created: `'throw'` an error with
   * `maybeApplied: true`, or `'resolve'` it by looking at the newest personas, see the README for its limits.
   * @default 'throw'
   */
  onAmbiguous?: 'throw' | 'resolve';
  /** How long after its connection broke the service may still carry out a request; `'resolve'` waits so long before it creates again. @default 10_000 */
  landsWithinMs?: number;
  /** @default { failMax: 5, resetTimeoutMs: 60_000 } */
  breaker?: BreakerOptions | false;
  /** @default { ttlMs: 300_000, maxEntries: 1_000, staleIfErrorMs: 3_600_000, staleWhileRevalidateMs: 0 } */
  cache?: CacheOptions | false;
  /** Requests in flight at a time; others wait their turn. The guide's pool has 20. @default 20 */
  concurrency?: number;
  /** Which of the two kinds of service this is; `auto` finds out with one request at most. @default 'auto' */
  dialect?: Dialect | 'auto';
  /** Largest answer accepted, in bytes after decompression. @default 10_485_760 */
  maxResponseBytes?: number;
  /** Sent with every request. */
  headers?: Readonly<Record<string, string>>;
  /** Any `fetch`. @default the global one, looked up per request */
  fetch?: typeof globalThis.fetch;
}

/** What a single call can be told: the last argument of every method. */
export interface RequestOptions<Result = unknown> {
  /** Ends the call with a `PersonaAbortError` whose `cause` is the signal's reason. */
  signal?: AbortSignal;
  /** As the client's option, for this call. */
  timeoutMs?: number;
  /** As the client's option, for this call. */
  deadlineMs?: number;
  /** As the client's option, for this call. `false`: one request, whatever happens (besides the replay after a refreshed token). */
  retry?: RetryOptions | false;
  /** As the client's option, for this `personas.create`. */
  onAmbiguous?: 'throw' | 'resolve';
  /** `'no-store'` or `false`: neither look nor keep. `'reload'`: do not look, but keep. An object: another TTL. */
  cache?: false | 'no-store' | 'reload' | { ttlMs: number };
  /** Sent besides the client's own. A call with headers of its own is not cached. */
  headers?: Readonly<Record<string, string>>;
  /** What to answer instead when the service is unavailable: circuit open, no connection, timeout, 429 or 5xx. */
  fallback?: (error: PersonaError) => Result | Promise<Result>;
}

/** All options with their defaults. */
export interface Resolved {
  /** Without a slash at the end and without `/api/v1`. */
  readonly baseUrl: string;
  readonly apiVersion: string;
  readonly auth: AuthOptions | undefined;
  readonly tokenStore: TokenStore | undefined;
  readonly principal: string | undefined;
  readonly timeoutMs: number;
  readonly deadlineMs: number;
  readonly retry: RetryRules & {
    /** Retries in reserve for all calls; none means no bound. */
    readonly budget: number | undefined;
  };
  readonly onAmbiguous: 'throw' | 'resolve';
  readonly landsWithinMs: number;
  readonly breaker: BreakerRules | false;
  readonly cache: CacheRules | false;
  readonly concurrency: number;
  readonly dialect: Dialect | 'auto';
  readonly maxResponseBytes: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly fetch: typeof globalThis.fetch;
}

/** One call's settings: the client's, changed by the call's own. */
export interface RequestSettings {
  readonly timeoutMs: number;
  readonly deadlineMs: number;
  readonly retry: RetryRules;
  readonly onAmbiguous: 'throw' | 'resolve';
  readonly headers: Readonly<Record<string, string>>;
  readonly cache: { readonly mode: 'default' | 'reload' | 'no-store'; readonly ttlMs: number | undefined };
}

const MAX_TIMER_MS = 2 ** 31 - 1;
const milliseconds = (low: number) => whole(low, MAX_TIMER_MS, ' of milliseconds');
const callable = z.custom<never>((value) => typeof value === 'function', 'must be a function');
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const headers = z.optional(
  z.record(
    z.string().check(z.regex(TOKEN, 'is not a header name')),
    z.string().check(z.regex(/^[\t\x20-\x7e\x80-\xff]*$/, 'must be one line of Latin-1')),
  ),
);
const retryShape = { limit: whole(0, 100), backoffMs: milliseconds(0), maxBackoffMs: milliseconds(0) };
const orFalse = <Schema extends z.core.$ZodType>(schema: Schema) =>
  z.optional(z.union([z.literal(false), schema]));
const onAmbiguous = z.optional(z.enum(['throw', 'resolve']));

const requestSchema = z.strictObject({
  signal: z.optional(
    z.custom<AbortSignal>(
      (value) => typeof value === 'object' && value !== null && 'aborted' in value,
      'must be an AbortSignal',
    ),
  ),
  timeoutMs: milliseconds(1),
  deadlineMs: milliseconds(1),
  retry: orFalse(z.strictObject(retryShape)),
  onAmbiguous,
  cache: z.optional(
    z.union([z.literal(false), z.enum(['no-store', 'reload']), z.strictObject({ ttlMs: milliseconds(0) })]),
  ),
  headers,
  fallback: z.optional(callable),
});

const nonEmpty = z.string().check(z.minLength(1, 'must not be empty'));
const BUDGET = 'must be a whole number from 0, or false';
const RESET = 'must be a whole number of milliseconds from 1, or Infinity';
const SHARE = 'must be a percentage above 0 and up to 100';
const clientSchema = z.strictObject({
  baseUrl: z.optional(z.string()),
  apiVersion: z.optional(z.string().check(z.regex(/^[\w-][\w.-]*$/, 'must be one path segment such as v1'))),
  auth: z.optional(
    z.union(
      [
        z.strictObject({ username: nonEmpty, password: nonEmpty }),
        z.strictObject({ token: nonEmpty }),
        z.strictObject({ accessToken: nonEmpty, refreshToken: nonEmpty }),
        z.strictObject({ getToken: callable }),
      ],
      'must be { username, password }, { token }, { accessToken, refreshToken } or { getToken }',
    ),
  ),
  tokenStore: z.optional(
    z.custom<TokenStore>(
      (value) => ['get', 'set', 'delete'].every((name) => typeof Object(value)[name] === 'function'),
      'must have get, set and delete',
    ),
  ),
  principal: z.optional(nonEmpty),
  timeoutMs: milliseconds(1),
  deadlineMs: milliseconds(1),
  retry: orFalse(z.strictObject({ ...retryShape, budget: orFalse(z.int(BUDGET).check(z.gte(0, BUDGET))) })),
  onAmbiguous,
  landsWithinMs: milliseconds(0),
  breaker: orFalse(
    z.strictObject({
      failMax: whole(1, 1_000_000),
      resetTimeoutMs: z.optional(
        z.union([z.literal(Number.POSITIVE_INFINITY), z.int(RESET).check(z.gte(1, RESET))], RESET),
      ),
      errorThresholdPercentage: z.optional(z.number(SHARE).check(z.gt(0, SHARE), z.lte(100, SHARE))),
      volumeThreshold: whole(1, 1_000_000),
      windowMs: milliseconds(10),
      isFailure: z.optional(callable),
    }),
  ),
  cache: z.optional(
    z.union([
      z.literal(false),
      z.strictObject({
        ttlMs: milliseconds(0),
        maxEntries: whole(1, 10_000_000),
        staleIfErrorMs: milliseconds(0),
        staleWhileRevalidateMs: milliseconds(0),
      }),
    ]),
  ),
  concurrency: whole(1, 100_000),
  dialect: z.optional(z.enum(['auto', 'subresource', 'attributes'])),
  maxResponseBytes: whole(1, Number.MAX_SAFE_INTEGER, ' of bytes'),
  headers,
  fetch: z.optional(callable),
});

const DEFAULT_RETRY: RetryRules = { limit: 3, backoffMs: 500, maxBackoffMs: 30_000 };
const NO_RETRY: RetryRules = { ...DEFAULT_RETRY, limit: 0 };

function retryRules(given: RetryOptions | false | undefined, base: RetryRules): RetryRules {
  if (given === false) return NO_RETRY;
  const { limit = base.limit, backoffMs = base.backoffMs, maxBackoffMs = base.maxBackoffMs } = given ?? {};
  return { limit, backoffMs, maxBackoffMs };
}

function budgetOf(given: ClientRetryOptions | false | undefined): number | undefined {
  const { budget = 10 } = given || {};
  return budget === false ? undefined : budget;
}

/**
 * Check the options and fill in the defaults.
 * @throws {PersonaValidationError} naming each option that is unknown or impossible.
 */
export function resolveOptions(options: ClientOptions): Resolved {
  const given = verified(clientSchema, options, 'PersonaClient') as ClientOptions;
  return {
    baseUrl: normalise(given.baseUrl ?? 'http://localhost:5050'),
    apiVersion: given.apiVersion ?? 'v1',
    auth: given.auth,
    tokenStore: given.tokenStore,
    principal: given.principal,
    timeoutMs: given.timeoutMs ?? 10_000,
    deadlineMs: given.deadlineMs ?? 60_000,
    retry: { ...retryRules(given.retry, DEFAULT_RETRY), budget: budgetOf(given.retry) },
    onAmbiguous: given.onAmbiguous ?? 'throw',
    landsWithinMs: given.landsWithinMs ?? 10_000,
    breaker: given.breaker !== false && {
      failMax: 5,
      resetTimeoutMs: 60_000,
      volumeThreshold: 10,
      windowMs: 60_000,
      ...given.breaker,
    },
    cache: given.cache !== false && {
      ttlMs: 300_000,
      maxEntries: 1_000,
      staleIfErrorMs: 3_600_000,
      staleWhileRevalidateMs: 0,
      ...given.cache,
    },
    concurrency: given.concurrency ?? 20,
    dialect: given.dialect ?? 'auto',
    maxResponseBytes: given.maxResponseBytes ?? 10 * 1024 * 1024,
    headers: given.headers ?? {},
    fetch: given.fetch ?? ((...request) => globalThis.fetch(...request)),
  };
}

/**
 * The settings of one call.
 * @throws {PersonaValidationError} naming each option that is unknown or impossible.
 */
export function resolveRequestOptions(
  client: Resolved,
  options: RequestOptions<unknown>,
  call: string,
): RequestSettings {
  const given = verified(requestSchema, options, call) as RequestOptions;
  const { cache } = given;
  return {
    timeoutMs: given.timeoutMs ?? client.timeoutMs,
    deadlineMs: given.deadlineMs ?? client.deadlineMs,
    retry: retryRules(given.retry, client.retry),
    onAmbiguous: given.onAmbiguous ?? client.onAmbiguous,
    headers: { ...client.headers, ...given.headers },
    cache: {
      mode:
        cache === false || cache === 'no-store' || given.headers !== undefined
          ? 'no-store'
          : cache === 'reload'
            ? 'reload'
            : 'default',
      ttlMs: typeof cache === 'object' ? cache.ttlMs : undefined,
    },
  };
}

function verified(schema: z.ZodMiniType, value: unknown, whose: string): unknown {
  const checked = check(schema, value);
  if ('value' in checked) return withoutUndefined(checked.value);
  throw new PersonaValidationError(`${whose}: invalid options: ${inWords(checked.issues)}`, {
    issues: checked.issues,
  });
}

/** An option given as `undefined` is one not given; otherwise it would hide its default. */
const withoutUndefined = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
    ? Object.fromEntries(
        Object.entries(value).flatMap(([key, inner]) =>
          inner === undefined ? [] : [[key, withoutUndefined(inner)]],
        ),
      )
    : value;

function normalise(baseUrl: string): string {
  const refuse = (message: string) => {
    const issues = [{ path: ['baseUrl'], message }];
    return new PersonaValidationError(`PersonaClient: invalid options: ${inWords(issues)}`, { issues });
  };
  if (!URL.canParse(baseUrl)) throw refuse('must be a whole URL such as http://localhost:5050');
  const url = new URL(baseUrl);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw refuse('must begin with http:// or https://');
  if (url.username !== '' || url.password !== '')
    throw refuse('must not hold a user name or password; give them as auth');
  if (url.search !== '' || url.hash !== '') throw refuse('must not have a query or a fragment');
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '').replace(/\/api\/v1$/, '');
}
