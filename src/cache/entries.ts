import { LRUCache } from 'lru-cache';
import type { ResolvedCacheOptions } from '../config/cache-options.js';
import { remainingLifetimeMs } from './read-policy.js';
import { TagIndex } from './tag-index.js';
import type { Entry } from './types.js';

type EntriesOptions = Pick<
  ResolvedCacheOptions,
  'maxEntries' | 'maxBytes' | 'staleIfErrorMs' | 'staleWhileRevalidateMs'
>;

/** The entries in this process, by key and by tag. Evicts the least recently used. */
export class Entries {
  readonly #options: EntriesOptions;
  readonly #index = new TagIndex();
  #lru: LRUCache<string, Entry> | undefined;
  #evictions = 0;

  constructor(options: EntriesOptions) {
    this.#options = options;
  }

  /** Returns the entry if it may still be served, fresh or stale. Otherwise deletes the entry. */
  get(key: string, now: number): Entry | undefined {
    const entry = this.#lru?.get(key);
    if (!entry || this.remainingLifetimeMs(entry, now) > 0) return entry;
    this.delete(key);
    return undefined;
  }

  /** Like {@link get}, but neither counts as a use nor deletes the entry. */
  peek(key: string): Entry | undefined {
    const entry = this.#lru?.peek(key);
    return entry && this.remainingLifetimeMs(entry) > 0 ? entry : undefined;
  }

  remainingLifetimeMs(entry: Pick<Entry, 'storedAt' | 'ttlMs'>, now?: number): number {
    return remainingLifetimeMs(entry, this.#options, now);
  }

  /** Stores an entry, unless the current one comes from a later request. */
  set(key: string, entry: Entry): void {
    const current = this.#lru?.peek(key);
    if (current && current.sequence > entry.sequence) return;
    this.#lru ??= this.#createLru();
    this.#lru.set(key, entry);
    if (!this.#lru.has(key)) return; // larger than the whole cache
    for (const tag of entry.tags) this.#index.add(tag, key);
  }

  delete(key: string): void {
    this.#lru?.delete(key);
  }

  /** Deletes all entries with one of these tags. */
  invalidate(tags: readonly string[]): void {
    for (const tag of tags) for (const key of this.#index.keys(tag)) this.#lru?.delete(key);
  }

  clear(): void {
    this.#lru?.clear();
  }

  get stats() {
    return {
      evictions: this.#evictions,
      entries: this.#lru?.size ?? 0,
      bytes: this.#lru?.calculatedSize ?? 0,
    };
  }

  #createLru(): LRUCache<string, Entry> {
    const { maxEntries, maxBytes } = this.#options;
    return new LRUCache({
      max: maxEntries,
      maxSize: maxBytes,
      sizeCalculation: ({ value, etag = '', invalidFields = '' }, key) =>
        2 * (key.length + value.length + etag.length + JSON.stringify(invalidFields).length),
      dispose: ({ tags }, key, reason) => {
        if (reason === 'evict') this.#evictions++;
        for (const tag of tags) this.#index.remove(tag, key);
      },
    });
  }
}
