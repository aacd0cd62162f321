import { LRUCache } from 'lru-cache';
import { TagIndex } from './tag-index.js';
import type { Entry } from './types.js';

/** The answers held in this process, by key and by what they are about. The least recently used go first. */
export class Entries {
  readonly #room: { readonly maxEntries: number; readonly maxBytes: number };
  readonly #index = new TagIndex();
  #kept: LRUCache<string, Entry> | undefined;
  #evictions = 0;

  constructor(room: { readonly maxEntries: number; readonly maxBytes: number }) {
    this.#room = room;
  }

  get(key: string): Entry | undefined {
    return this.#kept?.get(key);
  }

  /** As {@link get}, but not a use of it. */
  peek(key: string): Entry | undefined {
    return this.#kept?.peek(key);
  }

  /** Of two answers the one whose request began later stays. */
  put(key: string, entry: Entry, lifeMs: number): void {
    const before = this.#kept?.peek(key);
    if (before && before.order > entry.order) return;
    this.#kept ??= this.#open();
    this.#kept.set(key, entry, { ttl: lifeMs });
    if (!this.#kept.has(key)) return; // larger than all the room there is
    for (const tag of entry.tags) this.#index.add(tag, key);
  }

  delete(key: string): void {
    this.#kept?.delete(key);
  }

  /** Drop all that is about one of these. */
  end(tags: readonly string[]): void {
    for (const tag of tags) for (const key of this.#index.keysOf(tag)) this.#kept?.delete(key);
  }

  clear(): void {
    this.#kept?.clear();
  }

  get stats() {
    return {
      evictions: this.#evictions,
      entries: this.#kept?.size ?? 0,
      bytes: this.#kept?.calculatedSize ?? 0,
    };
  }

  #open(): LRUCache<string, Entry> {
    const { maxEntries, maxBytes } = this.#room;
    return new LRUCache({
      max: maxEntries,
      maxSize: maxBytes,
      ttlResolution: 0, // by the clock, not by one that a timer sets
      sizeCalculation: ({ kept, etag = '' }, key) => 2 * (key.length + kept.length + etag.length),
      dispose: ({ tags }, key, reason) => {
        if (reason === 'evict') this.#evictions++;
        for (const tag of tags) this.#index.remove(tag, key);
      },
    });
  }
}
