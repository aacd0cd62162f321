import type { Dialect } from '../core/dialect.js';
import type { NamedAccessOptions, RedactedField } from './access-options.js';
import type { AuthOptions } from './auth-options.js';
import type { BreakerOptions } from './breaker-options.js';
import type { NamedCacheOptions } from './cache-options.js';
import type { CustomAttributes } from './custom-types.js';
import type { DefinedAttributes } from './define-attributes.js';
import type { Logger, LogLevel } from './logger.js';
import type { HeaderOptions } from './request-options.js';
import type { ClientRetryOptions } from './retry-options.js';
import type { TokenStore } from './token-store.js';

/** The public `ClientOptions`, generic in the names of operations and cached reads. */
export interface NamedClientOptions<
  Custom extends CustomAttributes = CustomAttributes,
  Name extends string = string,
  Read extends string = string,
> {
  /** URL of the service, with or without `/api/v1`. @default 'http://localhost:5050' */
  baseUrl?: string;
  /** API version: the path segment after `/api`. @default 'v1' */
  apiVersion?: string;
  /**
   * Credentials: a user name and password, a token, a token pair, or a function that returns a token.
   *
   * @default none: requests carry no token until `auth.login`
   */
  auth?: AuthOptions;
  /**
   * Persists tokens between runs, under `principal` or the user name of the login.
   *
   * Stores nothing for `{ token }` and `{ getToken }`, and nothing if there is neither a `principal` nor a user name.
   *
   * @default tokens stay in memory
   */
  tokenStore?: TokenStore;
  /**
   * Name of the user, verified by your application: the user in `auth`, or the user who logs in if `auth` is not set.
   *
   * Clients and views with the same principal share cached data. Set it only after you have verified the user's identity.
   * With a principal, a new token from `getToken` counts as the same user's, unless both tokens are JWTs with different `sub`
   * claims. The same applies to a token that another process stored, if `auth` is set and the token has no `sessionId`.
   *
   * The `tokenStore` stores tokens under this name, and stores a token pair from `auth` only if `principal` is set. It stores
   * the tokens of other users who log in with `auth.login` under their user names.
   *
   * @default none: the cache uses the credential in `auth`, and `tokenStore` uses its user name
   */
  principal?: string;
  /**
   * Permits credentials over plain HTTP to another machine, where others can read them. Credentials are passwords, tokens
   * and headers such as `Authorization`.
   *
   * Without this option, the constructor or method that receives such credentials throws `PersonaValidationError`. With
   * this option, the client emits one `insecureAuth` event.
   *
   * @default false
   */
  allowInsecureAuth?: boolean;
  /** Restricts what this client and its views may do. @default no restrictions */
  access?: NamedAccessOptions<Name>;
  /**
   * Fields to remove from responses before they are cached and returned. A redacted `name` becomes `''`.
   *
   * You can still write redacted fields. If you write back a persona that you have read, the redacted fields keep their
   * stored values; leave out a redacted `name`. Unknown fields outside of the categories are removed as well.
   *
   * @default none
   */
  redact?: readonly RedactedField[];
  /**
   * Timeout of each attempt, from sending the request to the last byte of the response, in milliseconds.
   *
   * @default 10_000
   */
  timeoutMs?: number;
  /** Time limit of a whole call including retries and delays, in milliseconds. @default 60_000 */
  deadlineMs?: number;
  /**
   * Retry options. `false` disables retries.
   *
   * @default { limit: 3, backoffMs: 500, maxBackoffMs: 30_000, budget: 10 }
   */
  retry?: ClientRetryOptions | false;
  /**
   * What `personas.create` does if its response is lost and the persona may have been created.
   *
   * - `'throw'`: throws an error with `maybeApplied: true`.
   * - `'reconcile'`: searches the newest personas, and creates again only if the complete list lacks the persona. Throws an
   *   error with `maybeApplied: true` if the service hides rows, or responds with 5xx twice. Needs a `retry.limit` of at least 1.
   *
   * @default 'throw'
   */
  onUnknownOutcome?: 'throw' | 'reconcile';
  /**
   * Time in which the service may still execute a request after its connection broke, in milliseconds.
   *
   * `'reconcile'` waits this long before it creates again. Meanwhile, the cache stores nothing that the write affects.
   *
   * @default 10_000
   */
  lateWriteWindowMs?: number;
  /**
   * What the client does with data that breaks the contract, such as an age that is text.
   *
   * - `'lenient'`: omits the field, so that results match their types and a write-back keeps the stored value. Omits a row
   *   of a list if its id, name or timestamps are unusable. `meta.invalidFields` and the event `invalidField` report each one.
   * - `'strict'`: throws `PersonaResponseError`.
   *
   * @default 'lenient'
   */
  reads?: 'lenient' | 'strict';
  /** Circuit breaker options. `false` disables the circuit breaker. @default { failMax: 5, resetTimeoutMs: 60_000 } */
  breaker?: BreakerOptions | false;
  /**
   * Cache options. `false` disables the cache.
   *
   * @default { ttlMs: 300_000, maxEntries: 1_000, maxBytes: 33_554_432, staleIfErrorMs: 3_600_000, staleWhileRevalidateMs: 0 }
   */
  cache?: NamedCacheOptions<Read> | false;
  /**
   * Maximum number of requests in flight, of the client and its views together. Further requests wait: see
   * `RequestOptions.priority`.
   *
   * @default 20
   */
  concurrency?: number;
  /**
   * API dialect of the service: see `docs/reference/services.md`. `'auto'` detects the dialect from responses, or with one
   * extra list request. If that request fails, the client sends up to three others. If a route is missing later, the client
   * detects the dialect again and repeats the call. Any other value disables the detection.
   *
   * @default 'auto'
   */
  dialect?: Dialect | 'auto';
  /**
   * Types and schemas of custom fields, from `defineAttributes`. The client validates writes before it sends them.
   *
   * @default none
   */
  attributes?: DefinedAttributes<Custom>;
  /**
   * What a write does with an unknown field of `psychographic`, `behavioral` or `contextual`, probably a misspelled name.
   * Known fields are the default fields, those in the field config of the service, and those that the schema of the category
   * reads or returns.
   *
   * - `'allow'`: sends the field. The dialect `attributes` stores it, `subresource` rejects it. The client emits one
   *   `unknownField` event for each field, and logs a warning. It sends no request to find out whether a field is known.
   * - `'refuse'`: throws `PersonaValidationError`. If the field is not a default field, the client first detects an unknown
   *   dialect, and reads the field config of an `attributes` service. To remove a stored unknown field, set it to `null`:
   *   the client sends the `null`, and emits the event.
   *
   * @default 'allow'
   */
  unknownFields?: 'allow' | 'refuse';
  /**
   * Maximum size of a response, in bytes after decompression. A larger response throws `PersonaResponseError`.
   *
   * @default 10_485_760 (10 MiB)
   */
  maxResponseBytes?: number;
  /**
   * Headers of every request, login and refresh included. `null` omits a header that the client would send: `accept`,
   * `x-request-id`, and the `if-none-match` or `if-modified-since` of a conditional request. It cannot omit `authorization` and
   * `content-type`.
   *
   * Headers that the platform sets are invalid: `host`, `content-length`, `expect` and those about the connection. So are
   * headers that the platform omits, such as `cookie` in browsers. @default {}
   */
  headers?: HeaderOptions;
  /** Logger for the client's events, such as `console` or a pino instance. @default none */
  logger?: Logger;
  /** Minimum level of log messages. @default 'info' */
  logLevel?: LogLevel;
  /**
   * Custom `fetch` function. If it rejects, the attempt fails: the client retries by the usual rules, then throws
   * `PersonaConnectionError`. `cause` is your error if it is a plain `Error` or has a class of your own. The client replaces
   * platform errors, because they may contain data. A function that repeats requests may send a create twice. In Deno, the
   * body of a write is a `Blob`, because Deno repeats requests with other bodies. `String(body)` returns its text.
   *
   * @default the global `fetch`, looked up for each request
   */
  fetch?: typeof globalThis.fetch;
}

/** The public `ViewOptions`, generic in the operation names. */
export interface NamedViewOptions<Name extends string = string> {
  /**
   * Name of the user, verified by your application. Views with the same principal share cached data and stored tokens.
   *
   * @default none: only views with the same password or token share cached data, and no tokens are stored
   */
  principal?: string;
  /** Restrictions in addition to those of the client. A view cannot remove any. @default none */
  access?: NamedAccessOptions<Name>;
  /** Fields to remove in addition to those of the client. @default none */
  redact?: readonly RedactedField[];
}
