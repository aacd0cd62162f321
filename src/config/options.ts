import type { PersonaError } from '../core/errors/index.js';
import type { Dialect } from '../core/service-profile.js';
import type { AttributeCategory, Category, Demographic } from '../schemas/categories.js';
import type { AuthOptions, TokenStore } from './auth-options.js';
import type { CustomAttributes, DefinedAttributes } from './define-attributes.js';

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
   * ten seconds, give one back; after a broken connection a retry is free, as long as there was a success for each.
   * In a full outage calls are then sent hardly more than once. `false`: no bound.
   * @default 10
   */
  budget?: number | false;
}

/** How an attempt ended: with a status, or with the error that cut it short. */
export interface AttemptOutcome {
  readonly status?: number;
  readonly error?: PersonaError;
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
  /** The same for certain reads: `{ 'fieldConfig.get': 3_600_000 }`. A call's own `cache: { ttlMs }` wins. @default none */
  ttlMsFor?: { readonly [Read in CachedRead]?: number };
  /** How many answers are kept; the least recently used go first. @default 1_000 */
  maxEntries?: number;
  /** How large they may be together, by two bytes a character; the least recently used go first. @default 33_554_432 */
  maxBytes?: number;
  /** How long after its TTL an answer still stands in for a service that is unavailable. 0: never. @default 3_600_000 */
  staleIfErrorMs?: number;
  /** How long after its TTL an answer is still given at once, while a new one is fetched behind it. @default 0 */
  staleWhileRevalidateMs?: number;
  /**
   * A store behind the one in this process, which other processes use as well: Keyv or one of its adapters. What one of them
   * writes ends what the others keep. Keys are HMACs, values are encrypted. @default none
   */
  store?: CacheStore;
  /** From this, the keys and the encryption of `store` are made: the same for all who share it, at least 16 characters. Required with `store`. */
  keySecret?: string;
  /** What the keys in `store` begin with. @default 'persona-client' */
  namespace?: string;
  /** How long `store` may take; then it is done without. @default 100 */
  storeTimeoutMs?: number;
}

/**
 * Takes lines. One with a method `bindings`, which is pino's, gets `(fields, message)`; others get `(message, fields)`, as
 * `console` likes it. One that throws is reported on the console and changes nothing.
 */
export interface Logger {
  debug(...line: never[]): unknown;
  info(...line: never[]): unknown;
  warn(...line: never[]): unknown;
  error(...line: never[]): unknown;
}

/** From the most to the least. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** A method that asks the service, as it is written. `personas.iterate` and `page.nextPage` are calls of `personas.list`. */
export type Operation =
  | `personas.${'list' | 'get' | 'create' | 'update' | 'delete'}`
  | `${Category}.${'get' | 'update'}`
  | 'fieldConfig.get'
  | 'schema.get'
  | 'health.check';

/** An operation whose answers are kept. */
export type CachedRead = 'personas.list' | 'personas.get' | `${Category}.get` | 'fieldConfig.get';

/** An operation, or several: `personas.*`, `*.update`. */
export type OperationPattern = Operation | `${'personas' | Category}.*` | `*.${string}`;

/** What may be done with a category: only that, or nothing. */
export type CategoryAccess = 'none' | 'read' | 'write';

/**
 * What a client may do. What is not allowed is refused here with a `PersonaPermissionError`, and nothing is sent.
 * It protects against mistakes of the program; the service must know by itself what an identity may do.
 *
 * @example
 * ```ts
 * const client = new PersonaClient({ access: { deny: ['personas.delete'], categories: { behavioral: 'none' } } });
 * ```
 */
export interface AccessOptions {
  /** No call that writes. @default false */
  readOnly?: boolean;
  /** These operations and no others. @default all */
  allow?: readonly OperationPattern[];
  /** Not these; wins over `allow`. @default none */
  deny?: readonly OperationPattern[];
  /**
   * Limits by category. One that may not be read is left out of every persona, and its `get` is refused; one that may
   * not be written is refused in `create` and `update`, too. `personas.delete` is ruled by its name alone. @default none
   */
  categories?: { readonly [Name in Category]?: CategoryAccess };
}

/** What can be redacted: the name, a whole category, or a field of one. */
export type RedactedField =
  | 'name'
  | Category
  | `demographic.${keyof Demographic | 'geolocation'}`
  | `${AttributeCategory}.${string}`;

/**
 * Everything a client can be told. All of it is optional; an option that does not exist is an error.
 *
 * @example
 * ```ts
 * const client = new PersonaClient({ baseUrl: 'https://personas.example.com', auth: { token } });
 * ```
 */
export interface ClientOptions<Own extends CustomAttributes = CustomAttributes> {
  /** Where the service is, with or without `/api/v1`. @default 'http://localhost:5050' */
  baseUrl?: string;
  /** The path segment after `/api`. @default 'v1' */
  apiVersion?: string;
  /** Who is calling: a password, a token, a pair of tokens, or a function that gets one. @default none */
  auth?: AuthOptions;
  /**
   * Where the tokens that the service granted live between runs, under `principal` or the user name signed in with.
   * Not used for `{ token }` and `{ getToken }`, nor without either name. @default in memory
   */
  tokenStore?: TokenStore;
  /**
   * Who this is, by your own word: of `auth`, or of whoever signs in where there is none. Those with the same name share
   * what is cached, so give it only to whom you know. It is also the name in the token store; a pair of tokens is stored
   * only with it, since tokens do not tell whose they are. After `auth.login` as another than the one in `auth`, that
   * user's name is used there. @default the credential in `auth`, for the cache; its user name, for the token store
   */
  principal?: string;
  /**
   * Send passwords, tokens and headers such as `Authorization` over plain `http:` to another machine, where whoever
   * stands between can read them. Without it that is refused: at construction, or by `auth.login`. Each client that is
   * told so says it once in an `insecure` event. @default false
   */
  allowInsecureAuth?: boolean;
  /** What this client may do; its views inherit it. @default everything */
  access?: AccessOptions;
  /**
   * Fields that are dropped from whatever is read, before it is cached and before you see it; a `name` becomes `''`.
   * They can still be written: the answer comes without them, and what was read and is written back leaves them as they
   * are. Fields of a persona outside of its categories that this package does not know are dropped, too.
   * @default none
   */
  redact?: readonly RedactedField[];
  /** How long one exchange may take, from sending to the last byte. @default 10_000 (guide) */
  timeoutMs?: number;
  /** How long a whole call may take, retries and waits included. @default 60_000 */
  deadlineMs?: number;
  /** @default { limit: 3, backoffMs: 500, maxBackoffMs: 30_000, budget: 10 } */
  retry?: ClientRetryOptions | false;
  /**
   * What `personas.create` does when it cannot know whether the service has created: `'throw'` an error with
   * `maybeApplied: true`, or `'reconcile'` it by looking at the newest personas, see the README for its limits.
   * @default 'throw'
   */
  onUnknownOutcome?: 'throw' | 'reconcile';
  /** How long after its connection broke the service may still carry out a request; `'reconcile'` waits so long before it creates again. @default 10_000 */
  lateWriteWindowMs?: number;
  /** @default { failMax: 5, resetTimeoutMs: 60_000 } */
  breaker?: BreakerOptions | false;
  /** @default { ttlMs: 300_000, maxEntries: 1_000, maxBytes: 33_554_432, staleIfErrorMs: 3_600_000, staleWhileRevalidateMs: 0 } */
  cache?: CacheOptions | false;
  /** Requests in flight at a time; others wait their turn. The guide's pool has 20. @default 20 */
  concurrency?: number;
  /** Which of the two kinds of service this is; `auto` finds out with one request at most. @default 'auto' */
  dialect?: Dialect | 'auto';
  /** The deployment's own fields, typed, and checked before they are written: see `defineAttributes`. @default none */
  attributes?: DefinedAttributes<Own>;
  /** Largest answer accepted, in bytes after decompression. @default 10_485_760 */
  maxResponseBytes?: number;
  /** Sent with every request. */
  headers?: Readonly<Record<string, string>>;
  /** Where to log what happens: `console`, a pino, or any other with these four methods. @default none */
  logger?: Logger;
  /** What is less than this is not logged. @default 'info' */
  logLevel?: LogLevel;
  /** Any `fetch`. @default the global one, looked up per request */
  fetch?: typeof globalThis.fetch;
}

/** What an identity view can be told, see `PersonaClient.as`. */
export interface ViewOptions {
  /** As the client's option, for this identity. Views with the same name share what is cached and, in the token store, tokens. */
  principal?: string;
  /** Further limits, beside the client's own. */
  access?: AccessOptions;
  /** Further fields, beside the client's own. */
  redact?: readonly RedactedField[];
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
  onUnknownOutcome?: 'throw' | 'reconcile';
  /**
   * `'no-store'` or `false`: neither look nor keep. `'reload'`: do not look, but keep. `'only-if-cached'`: send nothing; what
   * is kept will do, past its TTL too (`stale`), else a `PersonaNotCachedError`. An object: another TTL.
   */
  cache?: false | 'no-store' | 'reload' | 'only-if-cached' | { ttlMs: number };
  /** Sent besides the client's own. A call with headers of its own is not cached. */
  headers?: Readonly<Record<string, string>>;
  /** What to answer instead when the service is unavailable: circuit open, no connection, timeout, 429 or 5xx. */
  fallback?: (error: PersonaError) => Result | Promise<Result>;
}

/**
 * Where answers are kept for other processes, too: Keyv, one of its adapters, or anything of that shape. What `set` has stored
 * must show in the next `get`, of other processes too.
 */
export interface CacheStore {
  get(key: string): unknown;
  /** One round trip for all, in the order of the keys. Without it, as many calls of `get`. */
  getMany?(keys: string[]): Promise<readonly unknown[]>;
  set(key: string, value: string, ttlMs?: number): unknown;
  delete(key: string): unknown;
}
