import type { DataTag, InfiniteData, QueryClient } from '@tanstack/query-core';
import type { Persona, PersonaCategory, PersonaClientLike, PersonaPage, RequestOptions } from '../index.js';

/** What the queries need of one part of a persona. */
export type QueriedCategory<Data, Input> = Pick<PersonaCategory<Data, Input>, 'get' | 'update'>;

/** What the queries need of a client. A `PersonaClient` is one, and so is each of its views. */
export type QueriedClient = Pick<
  PersonaClientLike,
  'personas' | 'demographic' | 'psychographic' | 'behavioral' | 'contextual' | 'fieldConfig'
>;

/** How the queries ask, and where they keep what they read. */
export interface PersonaQueriesOptions {
  /**
   * What every key begins with. Name the user in it wherever one `QueryClient` sees several: what one may read is then
   * never shown to another. Keys are seen in developer tools and stored by persisters, so never put a token in.
   * @default ['persona-client']
   */
  readonly keyPrefix?: readonly unknown[];
  /**
   * Options of every call, in place of the default. With `cache: 'reload'` the `QueryClient` alone decides what is fresh, and a refetch reaches
   * the service; `{}` lets the client's own cache answer too.
   * @default { cache: 'reload' }
   */
  readonly request?: Omit<RequestOptions, 'signal' | 'fallback'>;
}

/** Options for `useQuery`, `fetchQuery` and their kin. The key knows the type of its data. */
export interface PersonaQuery<Data> {
  readonly queryKey: DataTag<readonly unknown[], Data>;
  readonly queryFn: (context: { readonly signal: AbortSignal }) => Promise<Data>;
  /** The client retries. */
  readonly retry: false;
}

/** A page as plain data, which can be compared, stored and sent from a server to its page. */
export type PersonaListPage = Omit<PersonaPage, 'nextPage'>;

/** Options for `useInfiniteQuery` and its kin. */
export interface PersonaInfiniteQuery {
  readonly queryKey: DataTag<readonly unknown[], InfiniteData<PersonaListPage, number>>;
  readonly queryFn: (context: {
    readonly signal: AbortSignal;
    readonly pageParam: number;
  }) => Promise<PersonaListPage>;
  readonly initialPageParam: number;
  readonly getNextPageParam: (last: PersonaListPage) => number | undefined;
  readonly getPreviousPageParam: (first: PersonaListPage) => number | undefined;
  readonly retry: false;
}

/**
 * Options for `useMutation` and its kin. What the write outdates is seen to in `mutationFn`, so that callbacks of your own
 * displace nothing. Needs TanStack Query 5.89 or later, which hands `mutationFn` its `QueryClient`.
 */
export interface PersonaMutation<Data, Variables> {
  readonly mutationKey: readonly unknown[];
  readonly mutationFn: (variables: Variables, context: { readonly client: QueryClient }) => Promise<Data>;
  /** The client retries, as far as a write may be repeated. */
  readonly retry: false;
}

/** A change, and whose. */
export interface Change<Input> {
  readonly id: Persona['id'];
  readonly data: Input;
}
