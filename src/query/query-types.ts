/* Types that use those of TanStack Query, which has other declarations for CommonJS. */
import type { DataTag, InfiniteData, QueryClient } from '@tanstack/query-core';
import type {
  Demographic,
  DemographicInput,
  FieldConfig,
  ListQuery,
  Persona,
  PersonaPage,
} from '../index.js';
import type { PersonaQueryKeys } from './keys.js';
import type { PersonaListPage, QueriedCategory, QueriedClient, UpdateVariables } from './types.js';

/** Options for `useQuery`, `fetchQuery` and similar functions. The key carries the type of the data. */
export interface PersonaQuery<Data> {
  /** The key of the query, as `personaQueryKeys` makes it. */
  readonly queryKey: DataTag<readonly unknown[], Data>;
  /** Sends the request. The signal of the query aborts it. */
  readonly queryFn: (context: { readonly signal: AbortSignal }) => Promise<Data>;
  /** `false`, because the client itself retries failed calls. */
  readonly retry: false;
}

/** Options for `useInfiniteQuery` and similar functions. */
export interface PersonaInfiniteQuery<Item = Persona> {
  /** The key of the query, as `personaQueryKeys` makes it. */
  readonly queryKey: DataTag<readonly unknown[], InfiniteData<PersonaListPage<Item>, number>>;
  /** Requests one page. */
  readonly queryFn: (context: {
    readonly signal: AbortSignal;
    readonly pageParam: number;
  }) => Promise<PersonaListPage<Item>>;
  /** The first page: 1. */
  readonly initialPageParam: number;
  /** Returns the number of the next page, or `undefined` if this page is the last one by its `pages`. */
  readonly getNextPageParam: (lastPage: Pick<PersonaPage, 'page' | 'pages'>) => number | undefined;
  /** Returns the number of the previous page, or `undefined` before the first one. */
  readonly getPreviousPageParam: (firstPage: Pick<PersonaPage, 'page'>) => number | undefined;
  /** `false`, because the client itself retries failed calls. */
  readonly retry: false;
}

/**
 * Options for `useMutation` and similar functions.
 *
 * `mutationFn` invalidates the queries itself, so your own callbacks do not prevent the invalidation. Requires TanStack
 * Query 5.89 or later, which passes the `QueryClient` to `mutationFn`.
 */
export interface PersonaMutation<Data, Variables> {
  /** The key of the mutation: the prefix, then the name of the method. */
  readonly mutationKey: readonly unknown[];
  /**
   * Copies the variables, because TanStack Query may call `mutationFn` later, for example when the device is online again. If you
   * replace this function, do not change the variables until the mutation has ended.
   */
  onMutate(variables: Variables, context: object): void;
  /** Sends the write, and invalidates the queries that it changes. */
  mutationFn(variables: Variables, context: { readonly client: QueryClient }): Promise<Data>;
  /** `false`, because the client retries writes that are safe to repeat. */
  readonly retry: false;
}

/** The client's persona type, with the custom fields of `defineAttributes`. */
type ClientPersona<Client extends QueriedClient> = Awaited<ReturnType<Client['personas']['get']>>;

/** Queries and mutations of one category. */
export interface CategoryQueries<Data, Input> {
  /** The category of one persona. */
  get(id: number): PersonaQuery<Data>;
  /** Updates the cached category. Invalidates the lists and the persona. */
  update(): PersonaMutation<Data, UpdateVariables<Input>>;
}

type ClientCategoryQueries<Category extends QueriedCategory<object, never>> = CategoryQueries<
  Awaited<ReturnType<Category['get']>>,
  Parameters<Category['update']>[1]
>;

/** The result of {@link personaQueries}. Its methods have the names and types of the client's methods. */
export interface PersonaQueries<Client extends QueriedClient = QueriedClient> {
  /** The keys of all queries, for example to invalidate them. */
  readonly keys: PersonaQueryKeys;
  /** Queries and mutations of personas. */
  readonly personas: {
    /** One persona. */
    get(id: number): PersonaQuery<ClientPersona<Client>>;
    /** One page, as plain data. */
    list(query?: ListQuery): PersonaQuery<PersonaListPage<ClientPersona<Client>>>;
    /** All pages. `flattenPages` combines them. */
    infiniteList(query?: Pick<ListQuery, 'perPage'>): PersonaInfiniteQuery<ClientPersona<Client>>;
    /** Caches the new persona. Invalidates the lists. */
    create(): PersonaMutation<ClientPersona<Client>, Parameters<Client['personas']['create']>[0]>;
    /** Updates the cached persona. Invalidates the lists, the persona and its categories. */
    update(): PersonaMutation<
      ClientPersona<Client>,
      UpdateVariables<Parameters<Client['personas']['update']>[1]>
    >;
    /**
     * Deletes a persona. Removes the persona and its categories from the query cache, and invalidates the lists. Queries of
     * mounted components load again, and fail with `not_found`. The variable is the id.
     */
    delete(): PersonaMutation<void, number>;
  };
  /** Queries and mutations of demographic data. */
  readonly demographic: CategoryQueries<Demographic, DemographicInput>;
  /** Queries and mutations of psychographic data. */
  readonly psychographic: ClientCategoryQueries<Client['psychographic']>;
  /** Queries and mutations of behavioral data. */
  readonly behavioral: ClientCategoryQueries<Client['behavioral']>;
  /** Queries and mutations of contextual data. */
  readonly contextual: ClientCategoryQueries<Client['contextual']>;
  /** Queries of the field config. */
  readonly fieldConfig: {
    /** Reads the whole field config, one category, or one field of a category. */
    get(category?: string, field?: string): PersonaQuery<FieldConfig>;
  };
}
