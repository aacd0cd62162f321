/**
 * `persona-client/query`: options for TanStack Query 5, for its core and its React, Vue, Solid, Svelte and Angular adapters.
 *
 * The code has no dependencies at run time. The types import `@tanstack/query-core`, which every adapter installs.
 *
 * @module persona-client/query
 */
export * from './independent.js';
export { personaQueries } from './queries.js';
export type {
  CategoryQueries,
  PersonaInfiniteQuery,
  PersonaMutation,
  PersonaQueries,
  PersonaQuery,
} from './query-types.js';
