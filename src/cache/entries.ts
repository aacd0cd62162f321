import { LRUCache } from 'lru-cache';
import type { ResolvedCacheOptions } from '../config/resolve-options.js';
import { TagIndex } from './tag-index.js';
import type { Entry } from './types.js';

type EntryRules = Pick<
  ResolvedCacheOptions,
  'maxEntries' | 'maxBytes' | 'staleIfErrorMs' | 'staleWhileRevalidateMs'
>;

/** The answers held in this process, by key and by what they are about. The least recently used go first. */
export class Entries {
  readonly #rules: EntryRules;
  readonly #index = new TagIndex();
  #kept: LRUCache<string, Entry> | undefined;
  #evictions = 0;

  constructor(rules: EntryRules) {
    this.#rules = rules;
  }

  /** What has not come to the end of its life. */
  get(key: string, now: number): Entry | undefined {
    const entry = this.#kept?.get(key);
    if (!entry || this.lifeLeftMs(entry, now) > 0) return entry;
    this.delete(key);
    return undefined;
  }

  /** As {@link get}, but not a use of it. */
  peek(key: string): Entry | undefined {
    const entry = this.#kept?.peek(key);
    return entry && this.lifeLeftMs(entry) > 0 ? entry : undefined;
  }

  /** Milliseconds until it cannot even stand in any more; 0 or less when it cannot. */
  lifeLeftMs({ storedAt, ttlMs }: Pick<Entry, 'storedAt' | 'ttlMs'>, now = performance.now()): number {
    const { staleIfErrorMs, staleWhileRevalidateMs } = this.#rules;
    return storedAt + ttlMs + Math.max(staleIfErrorMs, staleWhileRevalidateMs) - now;
  }

  /** Of two answers the one whose request began later stays. */
  put(key: string, entry: Entry): void {
    const before = this.#kept?.peek(key);
    if (before && before.order > entry.order) return;
    this.#kept ??= this.#open();
    this.#kept.set(key, entry);
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
    const { maxEntries, maxBytes } = this.#rules;
    return new LRUCache({
      max: maxEntries,
      maxSize: maxBytes,
      sizeCalculation: ({ kept, etag = '' }, key) => 2 * (key.length + kept.length + etag.length),
      dispose: ({ tags }, key, reason) => {
        if (reason === 'evict') this.#evictions++;
        for (const tag of tags) this.#index.remove(tag, key);
      },
    });
  }
}
