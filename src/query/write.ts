import type { QueryClient } from '@tanstack/query-core';

type QueryKey = readonly unknown[];

/** How a write affects cached queries. */
export interface WriteEffects<Data> {
  /** The keys of the queries whose data the write may change. */
  readonly invalidates: readonly QueryKey[];
  /** Applies the result of the write to the query cache. */
  readonly updateCache: (data: Data, queryClient: QueryClient) => void;
}

/** Runs a write, then invalidates the affected queries. A failed write may have changed data as well. */
export async function write<Data>(
  queryClient: QueryClient,
  run: () => Promise<Data>,
  { invalidates, updateCache }: WriteEffects<Data>,
): Promise<Data> {
  try {
    const data = await run();
    invalidate(queryClient, invalidates, () => updateCache(data, queryClient));
    return data;
  } catch (error) {
    if (mayHaveChanged(error)) invalidate(queryClient, invalidates, () => {});
    throw error;
  }
}

/** Whether cached data may be outdated: the write may have been applied, or another client has changed the data. */
function mayHaveChanged(error: unknown): boolean {
  const { maybeApplied, code } = Object(error) as { maybeApplied?: unknown; code?: unknown };
  return maybeApplied !== false || code === 'not_found' || code === 'conflict';
}

/**
 * Updates the cache, then invalidates the queries.
 *
 * A fetch that started before the write can return old data, unless TanStack Query restarts the fetch. When such a
 * fetch ends, this function invalidates its query again.
 */
function invalidate(queryClient: QueryClient, keys: readonly QueryKey[], updateCache: () => void): void {
  const invalidateKey = (queryKey: QueryKey, exact = false) =>
    void queryClient.invalidateQueries({ queryKey, exact });
  const inFlight = keys
    .flatMap((queryKey) => queryClient.getQueryCache().findAll({ queryKey, fetchStatus: 'fetching' }))
    .map((query) => ({ query, promise: query.promise }));
  updateCache();
  for (const queryKey of keys) invalidateKey(queryKey);
  for (const { query, promise } of inFlight)
    if (query.promise === promise)
      void promise?.catch(() => {}).then(() => invalidateKey(query.queryKey, true));
}
