import type { HttpValidator } from './conditional-requests.js';
import type { Dialect } from './dialects/types.js';
import type { FieldConfig } from './field-config.js';
import type { Seed } from './seed/index.js';
import type { PersonaStore } from './store/types.js';

/** Authentication of a local service: its users and the lifetimes of their tokens. */
export interface AuthOptions {
  /** Passwords by user name. */
  readonly users: Readonly<Record<string, string>>;
  /** Key of the HS256 signatures. @default a random key, so tokens become invalid when the service ends */
  readonly secret?: string;
  /** Lifetime of an access token in seconds. @default 3600 (one hour, as in real services) */
  readonly accessTtlSeconds?: number;
  /** Lifetime of a refresh token in seconds. @default 2_592_000 (30 days, as in real services) */
  readonly refreshTtlSeconds?: number;
  /**
   * Whether a second use of a refresh token ends its session. Reuse can mean that the token was stolen.
   * If `false`, the service only rejects the second use.
   *
   * @default false
   */
  readonly revokeOnReuse?: boolean;
  /**
   * Time in seconds during which the service accepts a used refresh token, and returns the same token pair again. So a
   * client that has lost the response can repeat the refresh.
   *
   * @default 0
   */
  readonly reuseLeewaySeconds?: number;
}

/** Options of CORS: the origins whose pages may call the service. */
export interface CorsOptions {
  /** Origins such as `http://localhost:3000`. `*` allows any origin. */
  readonly origins: readonly string[];
  /** Names of the request headers that pages may send, such as `['Content-Type', 'Authorization']`. @default any header */
  readonly headers?: readonly string[];
}

/** Options of {@link createPersonaService}. All are optional. */
export interface PersonaServiceOptions {
  /** Which kind of deployed service to imitate. @default 'subresource' (the service of the integration guide) */
  readonly dialect?: Dialect;
  /**
   * Whether to imitate the `subresource` service as published, with its faults: see `docs/reference/services.md`. Only for
   * that dialect.
   *
   * In pages of the list and in responses to creates and updates, it returns each array as the characters of its JSON text.
   * If `behavioral` has maps, it stores the persona, responds with 500, and omits the persona from lists. Generated personas
   * and examples come without maps.
   *
   * @default false
   */
  readonly published?: boolean;
  /** Users and token lifetimes. `false` turns authentication off. @default false */
  readonly auth?: false | AuthOptions;
  /**
   * Where the service stores personas: in memory, in an SQLite file (needs Node.js 22.13), or in your own store.
   * The path `':memory:'` opens an SQLite database in memory. The service does not close your own store.
   *
   * Several services may use one SQLite file. The service rejects a file of another program or of a newer version, and a
   * file that it cannot write. It does not change a file that it rejects.
   *
   * @default 'memory'
   */
  readonly store?:
    | 'memory'
    | {
        /** Path of the file. */
        readonly sqlite: string;
      }
    | PersonaStore;
  /**
   * Initial personas of an empty store.
   *
   * - `true`: five examples
   * - `false`: none
   * - a number: that many generated personas, which are always the same
   * - a list: your own personas
   *
   * Ids start at 1.
   *
   * @default true
   */
  readonly seed?: Seed;
  /** Browser pages of other origins that may call the service. @default none */
  readonly cors?: CorsOptions;
  /**
   * Configured fields of the `attributes` dialect. The `subresource` dialect ignores them.
   *
   * @default the default fields of real services
   */
  readonly fieldConfig?: FieldConfig;
  /** Current time in milliseconds since the Unix epoch. A fraction adds microseconds. @default the system clock */
  readonly now?: () => number;
  /**
   * HTTP validator header of responses. The service responds with 304 to a conditional request if nothing changed.
   *
   * `'etag'` adds an `ETag` to all reads. A write with another `If-Match` then fails with 412. `'last-modified'` adds a
   * `Last-Modified` to reads of one persona. Released services support neither.
   *
   * @default none
   */
  readonly validators?: HttpValidator;
  /** Delay of every request in milliseconds. @default 0 */
  readonly latencyMs?: number;
  /**
   * Whether the service responds to `GET /openapi.json` with its OpenAPI 3.1 document. No released service has this route, so
   * with `false` the response is a 404, as in deployed services. @default true
   */
  readonly openapi?: boolean;
}

/** Options of {@link PersonaService.listen}. */
export interface ListenOptions {
  /** TCP port. 0 selects a free port. @default 5050 (as in the integration guide) */
  readonly port?: number;
  /** Address or host name to listen on. @default '127.0.0.1' (this machine only) */
  readonly host?: string;
  /**
   * Base path before the routes, such as `/gateway`. The `url` of the listener ends with the base path. `requests` and `faults`
   * do not see the base path. The routes also work without it. @default none
   */
  readonly basePath?: string;
  /**
   * Host names that clients use for the service, without the port, such as the name of its container.
   *
   * The service responds with 403 to other names, so that no web page reaches it through a domain of its own (DNS
   * rebinding). It always accepts IP addresses, `localhost`, names that end with `.localhost`, and `host`.
   *
   * @default none
   */
  readonly allowedHosts?: readonly string[];
  /** Whether connections stay open after a response. The development server of real services closes them. @default true */
  readonly keepAlive?: boolean;
}
