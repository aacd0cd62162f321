interface Items<Key> {
  readonly size: number;
  keys(): Iterable<Key>;
  delete(key: Key): unknown;
}

/** Deletes the oldest items of a map or a set until `maxSize` remain. The oldest one is first. */
export function deleteOldest<Key>(items: Items<Key>, maxSize: number): void {
  if (items.size <= maxSize) return;
  for (const key of items.keys()) {
    items.delete(key);
    if (items.size <= maxSize) return;
  }
}
