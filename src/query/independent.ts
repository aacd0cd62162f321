/** What uses no type of TanStack Query. The package contains these declarations once, for both module formats. */
export { flattenPages } from './flatten-pages.js';
export { type PersonaQueryKeys, personaQueryKeys } from './keys.js';
export type {
  PersonaListPage,
  PersonaQueriesOptions,
  QueriedCategory,
  QueriedClient,
  UpdateVariables,
} from './types.js';
