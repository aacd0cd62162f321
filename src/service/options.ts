import type { Dialect } from './dialects/types.js';
import type { FieldConfig } from './field-config.js';
import type { Seed } from './seed/index.js';
import type { PersonaStore } from './store/types.js';
import type { Validators } from './validators.js';

/** Who may log in, and how long tokens live. */
export interface AuthOptions {
  /** Passwords by user name. */
  readonly users: Readonly<Record<string, string>>;
  /** The key of the HS256 signatures. Default: random, so tokens end with the service. */
  readonly secret?: string;
  /** Lifetime of an access token in seconds. Default 3600, one hour (wire contract). */
  readonly accessTtlSeconds?: number;
  /** Lifetime of a refresh token in seconds. Default 2,592,000, thirty days (wire contract). */
  readonly refreshTtlSeconds?: number;
  /**
   * Whether a spent refresh token that comes again ends its session, since one of the two who have it may have stolen it.
   * Default `false`: it is refused, and no more.
   */
  readonly revokeOnReuse?: boolean;
  /** How long after it was spent a refresh token gives the same pair again, in seconds: its answer may have been lost. Default 0. */
  readonly reuseLeewaySeconds?: number;
}

/** Who may call from a browser page of another origin. */
export interface CorsOptions {
  /** Origins like `http://localhost:3000`; `*` stands for any. */
  readonly origins: readonly string[];
}

/** How a {@link createPersonaService | Persona Service} behaves. Everything has a default. */
export interface PersonaServiceOptions {
  /** Which of the two deployed services to be. Default `'subresource'`, the one of the guide. */
  readonly dialect?: Dialect;
  /** Users when tokens are asked for; `false` for a service without authentication. Default `false`. */
  readonly auth?: false | AuthOptions;
  /**
   * Where personas are kept: in memory, in an SQLite file (or `':memory:'`; needs Node 22.13), or in a store of
   * your own, which stays yours to close. Default `'memory'`.
   */
  readonly store?: 'memory' | { readonly sqlite: string } | PersonaStore;
  /**
   * The personas an empty store starts with: `true` five examples, `false` none, a number so many generated
   * ones, the same every time; or your own, with ids from 1 on. Default `true`.
   */
  readonly seed?: Seed;
  /** Default: no other origin. */
  readonly cors?: CorsOptions;
  /** The deployment's own fields in the `attributes` dialect. Default: the fields known out of the box. */
  readonly fieldConfig?: FieldConfig;
  /** The time in milliseconds since the Unix epoch; a fraction gives microseconds. Default: the system's. */
  readonly now?: () => number;
  /**
   * Answers to reads carry an `ETag`, or those that hold one persona a `Last-Modified`, and a client that sends it back
   * gets 304 while nothing has changed. Released services offer neither. Default: none.
   */
  readonly validators?: Validators;
  /** How long every request waits before it is handled, in milliseconds. Default 0. */
  readonly latencyMs?: number;
}

/** Where {@link PersonaService.listen} listens. */
export interface ListenOptions {
  /** 0 takes a free port. Default 5050 (guide). */
  readonly port?: number;
  /** Default `'127.0.0.1'`: this machine only. */
  readonly host?: string;
  /**
   * `false` closes the connection after every response, as the development server does (wire contract).
   * Default `true`.
   */
  readonly keepAlive?: boolean;
}
