/**
 * `persona-client/query`: options for TanStack Query 5, for its core and its React, Vue, Solid, Svelte and Angular adapters.
 *
 * The code has no dependencies at run time. The types import `@tanstack/query-core`, which every adapter installs.
 *
 * @module persona-client/query
 */
export { flattenPages } from './flatten-pages.js';
export { type PersonaQueryKeys, personaQueryKeys } from './keys.js';
export { personaQueries } from './queries.js';
export type {
  CategoryQueries,
  PersonaInfiniteQuery,
  PersonaListPage,
  PersonaMutation,
  PersonaQueries,
  PersonaQueriesOptions,
  PersonaQuery,
  QueriedCategory,
  QueriedClient,
  UpdateVariables,
} from './types.js';
