import type { Category, ListQuery } from '../index.js';
import { personaQueryKeys } from './keys.js';
import type {
  CategoryQueries,
  PersonaInfiniteQuery,
  PersonaListPage,
  PersonaMutation,
  PersonaQueries,
  PersonaQueriesOptions,
  PersonaQuery,
  QueriedCategory,
  QueriedClient,
} from './types.js';
import { type Effect, write } from './write.js';

/**
 * Options for `useQuery`, `useInfiniteQuery` and `useMutation`, or for a `QueryClient` itself, under the names of the client's
 * methods. A read that nobody waits for any more is aborted; retries are left to the client; a write outdates what it
 * touches, and what it answered is shown at once. Data has the client's own types, those of `defineAttributes` included.
 *
 * @example
 * ```ts
 * const queries = personaQueries(client, { keyPrefix: ['personas', userId] });
 * const { data: persona } = useQuery(queries.personas.get(1));
 * const { mutate } = useMutation(queries.psychographic.update());
 * mutate({ id: 1, data: { interests: ['music'] } });
 * ```
 */
export function personaQueries<Client extends QueriedClient>(
  client: Client,
  options: PersonaQueriesOptions = {},
): PersonaQueries<Client> {
  return queriesOf(client, options) as unknown as PersonaQueries<Client>; // what its methods give and take, more closely
}

function queriesOf(client: QueriedClient, options: PersonaQueriesOptions): PersonaQueries {
  const { personas, fieldConfig } = client;
  const { keyPrefix, request = { cache: 'reload' } } = options;
  const keys = personaQueryKeys(keyPrefix);
  type Asked = typeof request & { readonly signal: AbortSignal };

  const query = <Data>(queryKey: readonly unknown[], ask: (asked: Asked) => Promise<Data>) =>
    ({
      queryKey: queryKey as PersonaQuery<Data>['queryKey'], // the tag is in the type only
      queryFn: ({ signal }) => ask({ ...request, signal }),
      retry: false,
    }) satisfies PersonaQuery<Data>;

  const mutation = <Data, Variables>(
    name: string,
    run: (variables: Variables) => Promise<Data>,
    effect: (variables: Variables) => Effect<Data>,
  ): PersonaMutation<Data, Variables> => ({
    mutationKey: [...keys.all, name],
    mutationFn: (variables, context) => write(context.client, () => run(variables), effect(variables)),
    retry: false,
  });

  const page = async (which: ListQuery, asked: Asked): Promise<PersonaListPage> => {
    const { nextPage: _, ...data } = await personas.list(which, asked);
    return data;
  };

  const category = <Data, Input>(
    name: Category,
    its: QueriedCategory<Data, Input>,
  ): CategoryQueries<Data, Input> => ({
    get: (id) => query(keys.category(id, name), (asked) => its.get(id, asked)),
    update: () =>
      mutation(
        `${name}.update`,
        ({ id, data }) => its.update(id, data, request),
        ({ id }) => ({
          outdated: [keys.lists, keys.persona(id)],
          keep: (updated, cache) => cache.setQueryData(keys.category(id, name), updated),
        }),
      ),
  });

  return {
    keys,
    personas: {
      get: (id) => query(keys.persona(id), (asked) => personas.get(id, asked)),
      list: (which = {}) => query(keys.list(which), (asked) => page(which, asked)),
      infiniteList: ({ perPage } = {}) => ({
        queryKey: keys.infiniteList({ perPage }) as PersonaInfiniteQuery['queryKey'],
        queryFn: ({ signal, pageParam }) => page({ page: pageParam, perPage }, { ...request, signal }),
        initialPageParam: 1,
        getNextPageParam: ({ page, pages }) => (page < pages ? page + 1 : undefined),
        getPreviousPageParam: ({ page }) => (page > 1 ? page - 1 : undefined),
        retry: false,
      }),
      create: () =>
        mutation(
          'personas.create',
          (data) => personas.create(data, request),
          () => ({
            outdated: [keys.lists],
            keep: (created, cache) => cache.setQueryData(keys.persona(created.id), created),
          }),
        ),
      update: () =>
        mutation(
          'personas.update',
          ({ id, data }) => personas.update(id, data, request),
          ({ id }) => ({
            outdated: [keys.lists, keys.persona(id)],
            keep: (updated, cache) => cache.setQueryData(keys.persona(id), updated),
          }),
        ),
      delete: () =>
        mutation(
          'personas.delete',
          (id) => personas.delete(id, request),
          (id) => ({
            outdated: [keys.lists],
            keep: (_, cache) => cache.removeQueries({ queryKey: keys.persona(id) }),
          }),
        ),
    },
    demographic: category('demographic', client.demographic),
    psychographic: category('psychographic', client.psychographic),
    behavioral: category('behavioral', client.behavioral),
    contextual: category('contextual', client.contextual),
    fieldConfig: {
      get: (ofCategory, field) =>
        query(keys.fieldConfig(ofCategory, field), (asked) => fieldConfig.get(ofCategory, field, asked)),
    },
  };
}

/**
 * Every persona of an infinite list once: writes shift rows from page to page (wire contract), so that one can be on two of
 * them. For `select`.
 *
 * @example
 * ```ts
 * const { data } = useInfiniteQuery({ ...queries.personas.infiniteList(), select: personasIn });
 * ```
 */
export function personasIn<Item extends { readonly id: number }>({
  pages,
}: {
  readonly pages: readonly PersonaListPage<Item>[];
}): Item[] {
  const all = pages.flatMap(({ items }) => items);
  return [...new Map(all.toReversed().map((item) => [item.id, item])).values()].toReversed();
}
