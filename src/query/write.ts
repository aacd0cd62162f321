import type { QueryClient } from '@tanstack/query-core';

type Key = readonly unknown[];

/** What a write does to what was read. */
export interface Effect<Data> {
  /** The keys of what it changes. */
  readonly outdated: readonly Key[];
  /** Puts its answer where it is read. */
  readonly keep: (data: Data, cache: QueryClient) => void;
}

/**
 * Writes; then what the write may have changed is read anew. So it is after a failure, unless the client is sure that
 * nothing happened.
 */
export async function write<Data>(
  cache: QueryClient,
  run: () => Promise<Data>,
  { outdated, keep }: Effect<Data>,
): Promise<Data> {
  try {
    const data = await run();
    readAnew(cache, outdated, () => keep(data, cache));
    return data;
  } catch (error) {
    if (mayDiffer(error)) readAnew(cache, outdated, () => {});
    throw error;
  }
}

/** Whether the service may hold something else than what was read: it wrote after all, or someone else did. */
function mayDiffer(error: unknown): boolean {
  const { maybeApplied, code } = Object(error) as { maybeApplied?: unknown; code?: unknown };
  return maybeApplied !== false || code === 'not_found' || code === 'conflict';
}

/** A read that began before the write, and was not begun again, may land with what was before: it is repeated then. */
function readAnew(cache: QueryClient, keys: readonly Key[], keep: () => void): void {
  const invalidate = (queryKey: Key, exact = false) => void cache.invalidateQueries({ queryKey, exact });
  const underWay = keys
    .flatMap((queryKey) => cache.getQueryCache().findAll({ queryKey, fetchStatus: 'fetching' }))
    .map((query) => ({ query, read: query.promise }));
  keep();
  for (const queryKey of keys) invalidate(queryKey);
  for (const { query, read } of underWay)
    if (query.promise === read) void read?.catch(() => {}).then(() => invalidate(query.queryKey, true));
}
