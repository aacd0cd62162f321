interface Items<Key> {
  readonly size: number;
  keys(): Iterable<Key>;
  delete(key: Key): unknown;
}

/** Share of the items that remain. To find the oldest item, V8 steps over all deleted ones, so each search deletes many. */
const REMAINING_SHARE = 7 / 8;

/** Deletes the oldest eighth of a map or a set that has more than `maxSize` items. The oldest one is first. */
export function deleteOldest<Key>(items: Items<Key>, maxSize: number): void {
  if (items.size <= maxSize) return;
  const remaining = Math.floor(maxSize * REMAINING_SHARE);
  for (const key of items.keys()) {
    items.delete(key);
    if (items.size <= remaining) return;
  }
}
