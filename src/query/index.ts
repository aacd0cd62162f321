/**
 * `persona-client/query`: options for TanStack Query 5, in React, Vue, Solid, Svelte, Angular, or with its core alone. It needs
 * nothing at run time; its types name `@tanstack/query-core`, which each of those brings along.
 *
 * @module persona-client/query
 */
export { type PersonaQueryKeys, personaQueryKeys } from './keys.js';
export { personaQueries, personasIn } from './queries.js';
export type {
  CategoryQueries,
  Change,
  PersonaInfiniteQuery,
  PersonaListPage,
  PersonaMutation,
  PersonaQueries,
  PersonaQueriesOptions,
  PersonaQuery,
  QueriedCategory,
  QueriedClient,
} from './types.js';
