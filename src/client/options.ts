import type { NamedAccessOptions, NamedOperationPattern } from '../config/access-options.js';
import type { NamedCacheOptions } from '../config/cache-options.js';
import type { NamedClientOptions, NamedViewOptions } from '../config/client-options.js';
import type { CustomAttributes } from '../config/custom-types.js';
import { createOptionsSchema, type OptionsSchema } from '../config/options-schema.js';
import { CACHED_READS, type CachedRead, OPERATIONS, type Operation } from '../endpoints/operations.js';
import { once } from '../schemas/once.js';

/*
 * The options that contain endpoint names. `config` must not import the endpoints, so its options are generic in these
 * names. This file supplies the names.
 */

/** An operation name, or a pattern such as `personas.*` or `*.update`. */
export type OperationPattern = NamedOperationPattern<Operation>;

/**
 * Restricts what a client may do. A denied call throws `PersonaPermissionError`, and nothing is sent.
 *
 * The policy protects against programming mistakes. It does not replace permissions in the service.
 *
 * @example
 * ```ts
 * const client = new PersonaClient({ access: { deny: ['personas.delete'], categories: { behavioral: 'none' } } });
 * ```
 */
export interface AccessOptions extends NamedAccessOptions<Operation> {}

/**
 * Configures the response cache. It stores reads only, separately for each identity.
 *
 * @example
 * ```ts
 * const client = new PersonaClient({ cache: { ttlMs: 60_000, staleWhileRevalidateMs: 30_000 } });
 * const shared = new PersonaClient({ cache: { store: new Keyv('redis://localhost'), keySecret } });
 * ```
 */
export interface CacheOptions extends NamedCacheOptions<CachedRead> {}

/**
 * Options of a client. All are optional. Unknown options throw `PersonaValidationError`.
 *
 * @example
 * ```ts
 * const client = new PersonaClient({ baseUrl: 'https://personas.example.com', auth: { token } });
 * ```
 */
export interface ClientOptions<Custom extends CustomAttributes = CustomAttributes>
  extends NamedClientOptions<Custom, Operation, CachedRead> {}

/** Options of an identity view. See `PersonaClient.as`. */
export interface ViewOptions extends NamedViewOptions<Operation> {}

/** Returns the options schema with the names of all endpoints. */
export const optionsSchema: () => OptionsSchema = once(() =>
  createOptionsSchema({ operations: OPERATIONS, cachedReads: CACHED_READS }),
);
