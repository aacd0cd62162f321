import type { DataTag, InfiniteData, QueryClient } from '@tanstack/query-core';
import type {
  Demographic,
  DemographicInput,
  FieldConfig,
  ListQuery,
  Persona,
  PersonaCategory,
  PersonaClientLike,
  PersonaPage,
  RequestOptions,
} from '../index.js';
import type { PersonaQueryKeys } from './keys.js';

/** What the queries need of one part of a persona. */
export type QueriedCategory<Data, Input> = Pick<PersonaCategory<Data, Input>, 'get' | 'update'>;

/** What the queries need of a client. A `PersonaClient` is one, whatever its fields, and so is each of its views. */
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
export type PersonaListPage<Item = Persona> = Omit<PersonaPage<Item>, 'nextPage'>;

/** Options for `useInfiniteQuery` and its kin. */
export interface PersonaInfiniteQuery<Item = Persona> {
  readonly queryKey: DataTag<readonly unknown[], InfiniteData<PersonaListPage<Item>, number>>;
  readonly queryFn: (context: {
    readonly signal: AbortSignal;
    readonly pageParam: number;
  }) => Promise<PersonaListPage<Item>>;
  readonly initialPageParam: number;
  readonly getNextPageParam: (last: Pick<PersonaPage, 'page' | 'pages'>) => number | undefined;
  readonly getPreviousPageParam: (first: Pick<PersonaPage, 'page'>) => number | undefined;
  readonly retry: false;
}

/**
 * Options for `useMutation` and its kin. What the write outdates is seen to in `mutationFn`, so that callbacks of your own
 * displace nothing. Needs TanStack Query 5.89 or later, which hands `mutationFn` its `QueryClient`.
 */
export interface PersonaMutation<Data, Variables> {
  readonly mutationKey: readonly unknown[];
  mutationFn(variables: Variables, context: { readonly client: QueryClient }): Promise<Data>;
  /** The client retries, as far as a write may be repeated. */
  readonly retry: false;
}

/** A change, and whose. */
export interface Change<Input> {
  readonly id: Persona['id'];
  readonly data: Input;
}

/** What a client reads as a persona: with the fields of `defineAttributes`, where it has some. */
type Read<Client extends QueriedClient> = Awaited<ReturnType<Client['personas']['get']>>;

/** Options for one part of a persona. */
export interface CategoryQueries<Data, Input> {
  get(id: number): PersonaQuery<Data>;
  /** Lists and all of the persona are read anew; the part is shown as answered meanwhile. */
  update(): PersonaMutation<Data, Change<Input>>;
}

type CategoryQueriesOf<Category extends QueriedCategory<object, never>> = CategoryQueries<
  Awaited<ReturnType<Category['get']>>,
  Parameters<Category['update']>[1]
>;

/** What `personaQueries` makes: the client's own names and types. */
export interface PersonaQueries<Client extends QueriedClient = QueriedClient> {
  readonly keys: PersonaQueryKeys;
  readonly personas: {
    get(id: number): PersonaQuery<Read<Client>>;
    /** One page, as plain data. */
    list(which?: ListQuery): PersonaQuery<PersonaListPage<Read<Client>>>;
    /** Page after page; `personasIn` has them in one list. */
    infiniteList(which?: Pick<ListQuery, 'perPage'>): PersonaInfiniteQuery<Read<Client>>;
    /** Lists are read anew; the persona is there for whoever asks for it. */
    create(): PersonaMutation<Read<Client>, Parameters<Client['personas']['create']>[0]>;
    /** Lists and all of the persona are read anew; the persona is shown as answered meanwhile. */
    update(): PersonaMutation<Read<Client>, Change<Parameters<Client['personas']['update']>[1]>>;
    /** Lists are read anew; the persona and its parts are forgotten. Its variable is the id. */
    delete(): PersonaMutation<void, number>;
  };
  readonly demographic: CategoryQueries<Demographic, DemographicInput>;
  readonly psychographic: CategoryQueriesOf<Client['psychographic']>;
  readonly behavioral: CategoryQueriesOf<Client['behavioral']>;
  readonly contextual: CategoryQueriesOf<Client['contextual']>;
  readonly fieldConfig: { get(category?: string, field?: string): PersonaQuery<FieldConfig> };
}
