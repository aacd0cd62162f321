/* Types that use none of TanStack Query, so that the package contains their declarations once for both module formats. */
import type {
  AnyAttributes,
  Persona,
  PersonaCategory,
  PersonaClientLike,
  PersonaPage,
  RequestOptions,
} from '../index.js';

/** The part of a category resource that the queries use. */
export type QueriedCategory<Data, Input> = Pick<PersonaCategory<Data, Input>, 'get' | 'update'>;

/** The part of a client that the queries use. Every `PersonaClient` and every identity view has it, whatever its fields are. */
export type QueriedClient = Pick<
  PersonaClientLike<AnyAttributes>,
  'personas' | 'demographic' | 'psychographic' | 'behavioral' | 'contextual' | 'fieldConfig'
>;

/** Options of {@link personaQueries}. */
export interface PersonaQueriesOptions {
  /**
   * The prefix of every query key.
   *
   * If one `QueryClient` serves several users, include the user id, so that no user sees the data of another. Never
   * include a token: developer tools show the keys, and persisters store them.
   *
   * @default ['persona-client']
   */
  readonly keyPrefix?: readonly unknown[];
  /**
   * The request options of every call. With `cache: 'reload'`, the `QueryClient` alone decides which data is fresh, and
   * every refetch sends a request. With `{}`, reads use the client's own cache as well.
   *
   * @default { cache: 'reload' }
   */
  readonly request?: Omit<RequestOptions, 'signal' | 'fallback'>;
}

/** A page as plain data, which TanStack Query can compare, persist and hydrate. */
export type PersonaListPage<Item = Persona> = Omit<PersonaPage<Item>, 'nextPage'>;

/** The variables of an update. */
export interface UpdateVariables<Input> {
  /** The persona to update. */
  readonly id: Persona['id'];
  /** The fields to change. */
  readonly data: Input;
  /** Updates the persona only if it is unchanged: see `UpdateOptions`. @default none */
  readonly ifUnmodifiedSince?: string;
}
