import type { PersonaListPage } from './types.js';

/**
 * Combines the pages of an infinite list into one array. Pass this function as `select`.
 *
 * Removes duplicates, because a write can move a persona to another page. Keeps the most recently updated copy, because the
 * pages are read at different times.
 *
 * @example
 * ```ts
 * const { data } = useInfiniteQuery({ ...queries.personas.infiniteList(), select: flattenPages });
 * ```
 */
export function flattenPages<Item extends { readonly id: number }>({
  pages,
}: {
  readonly pages: readonly PersonaListPage<Item>[];
}): Item[] {
  const allItems = pages.flatMap(({ items }) => items);
  const latestById = new Map<number, Item>();
  for (const item of allItems) {
    const other = latestById.get(item.id);
    if (other === undefined || updateTime(item) >= updateTime(other)) latestById.set(item.id, item);
  }
  return [...new Set(allItems.filter((item) => latestById.get(item.id) === item))];
}

/** 0 if the item has no update time. */
const updateTime = (item: object): number =>
  Date.parse(String((item as { readonly updated_at?: unknown }).updated_at)) || 0;
