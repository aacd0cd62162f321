import { captureCallSite, withCaller } from '../core/call-site.js';
import type { Category, ListQuery } from '../index.js';
import { copyPlainData } from '../schemas/plain-data.js';
import { personaQueryKeys } from './keys.js';
import { checkQueriesOptions } from './options.js';
import type {
  CategoryQueries,
  PersonaInfiniteQuery,
  PersonaMutation,
  PersonaQueries,
  PersonaQuery,
} from './query-types.js';
import type { PersonaQueriesOptions, QueriedCategory, QueriedClient } from './types.js';
import { dropData, type WriteEffects, write } from './write.js';

/**
 * Creates options for `useQuery`, `useInfiniteQuery` and `useMutation`. The methods have the names of the client's methods.
 *
 * The options also work with the methods of a `QueryClient`.
 *
 * - TanStack Query aborts a read that no component uses anymore.
 * - The client retries failed calls, so `retry` of TanStack Query is off.
 * - A write stores its result in the query cache and invalidates the queries that it may have changed.
 * - Data has the client's types, including the custom fields of `defineAttributes`.
 *
 * @throws {TypeError} for an unknown option, and for a key prefix that is not an array.
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
  return createQueries(client, options) as unknown as PersonaQueries<Client>; // adds the client's own types
}

function createQueries(client: QueriedClient, options: PersonaQueriesOptions): PersonaQueries {
  checkQueriesOptions(options);
  const { personas, fieldConfig } = client;
  const { keyPrefix, request: callerRequest = { cache: 'reload' } } = options;
  const request = copyPlainData(callerRequest);
  /** The variables of each mutation, as they were when the application called `mutate`. */
  const variablesByContext = new WeakMap<object, unknown>();
  const keys = personaQueryKeys(keyPrefix);
  type ReadOptions = typeof request & { readonly signal: AbortSignal };

  const queryOptions = <Data>(
    queryKey: readonly unknown[],
    read: (readOptions: ReadOptions) => Promise<Data>,
  ) => {
    const site = captureCallSite(queryOptions); // TanStack Query calls `queryFn` later, without the application in the stack
    return {
      queryKey: queryKey as PersonaQuery<Data>['queryKey'], // the data tag exists in the type only
      queryFn: ({ signal }) => withCaller(site, () => read({ ...request, signal })),
      retry: false,
    } satisfies PersonaQuery<Data>;
  };

  const mutationOptions = <Data, Variables>(
    name: string,
    run: (variables: Variables) => Promise<Data>,
    effects: (variables: Variables) => WriteEffects<Data>,
  ): PersonaMutation<Data, Variables> => {
    const site = captureCallSite(mutationOptions);
    return {
      mutationKey: [...keys.all, name],
      onMutate: (variables, context) => {
        variablesByContext.set(context, copyPlainData(variables));
      },
      mutationFn: (callerVariables, context) => {
        const variables = (variablesByContext.get(context) ?? callerVariables) as Variables;
        return withCaller(site, () => write(context.client, () => run(variables), effects(variables)));
      },
      retry: false,
    };
  };

  const readPage = async (listQuery: ListQuery, readOptions: ReadOptions) => {
    const { nextPage: _, ...data } = await personas.list(listQuery, readOptions);
    return data;
  };

  const infiniteList: PersonaQueries['personas']['infiniteList'] = (listQuery = {}) => {
    const site = captureCallSite(infiniteList);
    return {
      queryKey: keys.infiniteList(listQuery) as PersonaInfiniteQuery['queryKey'],
      queryFn: ({ signal, pageParam: page }) =>
        withCaller(site, () => readPage({ page, perPage: listQuery.perPage }, { ...request, signal })),
      initialPageParam: 1,
      getNextPageParam: ({ page, pages }) => (page < pages ? page + 1 : undefined),
      getPreviousPageParam: ({ page }) => (page > 1 ? page - 1 : undefined),
      retry: false,
    };
  };

  const categoryQueries = <Data, Input>(
    name: Category,
    resource: QueriedCategory<Data, Input>,
  ): CategoryQueries<Data, Input> => ({
    get: (id) => queryOptions(keys.category(id, name), (readOptions) => resource.get(id, readOptions)),
    update: () =>
      mutationOptions(
        `${name}.update`,
        ({ id, data, ...condition }) => resource.update(id, data, { ...request, ...condition }),
        ({ id }) => ({
          invalidates: [keys.lists, keys.persona(id)],
          applyResult: (updated, queryClient) => queryClient.setQueryData(keys.category(id, name), updated),
        }),
      ),
  });

  return {
    keys,
    personas: {
      get: (id) => queryOptions(keys.persona(id), (readOptions) => personas.get(id, readOptions)),
      list: (listQuery = {}) => {
        const { page, perPage } = listQuery;
        return queryOptions(keys.list(listQuery), (readOptions) => readPage({ page, perPage }, readOptions));
      },
      infiniteList,
      create: () =>
        mutationOptions(
          'personas.create',
          (data) => personas.create(data, request),
          () => ({
            invalidates: [keys.lists],
            invalidatesIfUnknown: [keys.personas], // the id of a deleted persona can be used again
            applyResult: (created, queryClient) => {
              dropData(queryClient, keys.persona(created.id));
              queryClient.setQueryData(keys.persona(created.id), created);
            },
          }),
        ),
      update: () =>
        mutationOptions(
          'personas.update',
          ({ id, data, ...condition }) => personas.update(id, data, { ...request, ...condition }),
          ({ id }) => ({
            invalidates: [keys.lists, keys.persona(id)],
            applyResult: (updated, queryClient) => queryClient.setQueryData(keys.persona(id), updated),
          }),
        ),
      delete: () =>
        mutationOptions(
          'personas.delete',
          (id) => personas.delete(id, request),
          (id) => ({
            invalidates: [keys.lists, keys.persona(id)],
            applyResult: (_, queryClient) => dropData(queryClient, keys.persona(id)),
          }),
        ),
    },
    demographic: categoryQueries('demographic', client.demographic),
    psychographic: categoryQueries('psychographic', client.psychographic),
    behavioral: categoryQueries('behavioral', client.behavioral),
    contextual: categoryQueries('contextual', client.contextual),
    fieldConfig: {
      get: (category, field) =>
        queryOptions(keys.fieldConfig(category, field), (readOptions) =>
          fieldConfig.get(category, field, readOptions),
        ),
    },
  };
}
