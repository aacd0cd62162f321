import { ENDPOINTS } from './index.js';

/** The names of all public endpoints. */
export const OPERATIONS = ENDPOINTS.map(({ operation }) => operation);

/** The names of the reads whose responses are cached. */
export const CACHED_READS = ENDPOINTS.flatMap((endpoint) => (endpoint.isCached ? [endpoint.operation] : []));

/**
 * The name of a method that sends a request.
 *
 * `personas.iterate`, `personas.toArray` and `page.nextPage` count as `personas.list`.
 */
export type Operation = (typeof OPERATIONS)[number];

/** The name of a read whose responses are cached. */
export type CachedRead = (typeof CACHED_READS)[number];
