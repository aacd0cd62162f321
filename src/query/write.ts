import type { QueryClient } from '@tanstack/query-core';

type QueryKey = readonly unknown[];

/** How a write affects cached queries. */
export interface WriteEffects<Data> {
  /** The keys of the queries whose data the write may change. */
  readonly invalidates: readonly QueryKey[];
  /** Further keys to invalidate if the write fails but may have been applied. After a success, `applyResult` updates them. */
  readonly invalidatesIfUnknown?: readonly QueryKey[];
  /** Applies the result of the write to the query cache. */
  readonly applyResult: (data: Data, queryClient: QueryClient) => void;
}

/** How long a service may still apply a write after the call has failed: the default of the client option `lateWriteWindowMs`. */
const LATE_WRITE_WINDOW_MS = 10_000;

/**
 * Runs a write, then invalidates the affected queries. A failed write may also have changed data, or change it a little later.
 */
export async function write<Data>(
  queryClient: QueryClient,
  run: () => Promise<Data>,
  { invalidates, invalidatesIfUnknown = [], applyResult }: WriteEffects<Data>,
): Promise<Data> {
  try {
    const data = await run();
    invalidate(queryClient, invalidates, () => applyResult(data, queryClient));
    return data;
  } catch (error) {
    const keys = [...invalidates, ...invalidatesIfUnknown];
    if (mayHaveChanged(error)) invalidate(queryClient, keys, () => {});
    if (Object(error).maybeApplied === true) {
      const timer: unknown = setTimeout(invalidate, LATE_WRITE_WINDOW_MS, queryClient, keys, () => {});
      (timer as { unref?: () => void }).unref?.(); // does not keep the process alive
    }
    throw error;
  }
}

/** Removes the data of a deleted persona and its categories from the query cache. Queries in use load again. */
export function dropData(queryClient: QueryClient, queryKey: QueryKey): void {
  const queryCache = queryClient.getQueryCache();
  for (const query of queryCache.findAll({ queryKey })) {
    if (query.getObserversCount() === 0) {
      queryCache.remove(query);
      continue;
    }
    query.reset();
    if (!query.isDisabled()) query.fetch().catch(() => {}); // the observers see the error
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
function invalidate(queryClient: QueryClient, keys: readonly QueryKey[], applyResult: () => void): void {
  const invalidateKey = (queryKey: QueryKey, exact = false) =>
    void queryClient.invalidateQueries({ queryKey, exact });
  const inFlight = keys
    .flatMap((queryKey) => queryClient.getQueryCache().findAll({ queryKey, fetchStatus: 'fetching' }))
    .map((query) => ({ query, promise: query.promise }));
  applyResult();
  for (const queryKey of keys) invalidateKey(queryKey);
  for (const { query, promise } of inFlight)
    if (query.promise === promise)
      void promise?.catch(() => {}).then(() => invalidateKey(query.queryKey, true));
}
