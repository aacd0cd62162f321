/** Defines the client class, which connects options, endpoints, authentication, cache and pipeline. */
export { PersonaClient, type WithMeta } from './client.js';
export type { PersonaClientLike } from './client-like.js';
export type { AccessOptions, CacheOptions, ClientOptions, OperationPattern, ViewOptions } from './options.js';
