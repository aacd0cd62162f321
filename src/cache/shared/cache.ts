import type { ResolvedStoreOptions } from '../../config/cache-options.js';
import type { Entry, SharedCache, SharedLookupResult, TagVersions } from '../types.js';
import { createStoreCrypto, type StoreCrypto } from './crypto.js';
import type { SharedCacheTools } from './guard.js';
import { getMany, StoreClient } from './store-client.js';
import { VersionTracker, versionName } from './version-tracker.js';

/** An entry in the store, before encryption. */
interface StoredEntry extends Omit<Entry, 'value' | 'sequence' | 'storedAt' | 'tags' | 'versions'> {
  readonly text: string;
  /** Wall-clock time, since processes do not share a monotonic clock. */
  readonly storedAtMs: number;
  /** In the order of the entry's tags. */
  readonly versions: readonly string[];
}

/**
 * Opens a cache in a store.
 *
 * @param scope URL of the API. Separates the entries of services that share a store.
 * @param onStatusChange runs when the store becomes unavailable (`ok: false`) or available again.
 */
export async function openSharedCache(
  options: ResolvedStoreOptions,
  scope: string,
  onStatusChange: (ok: boolean) => void,
  tools: SharedCacheTools,
): Promise<SharedCache> {
  const crypto = await createStoreCrypto(options.keySecret, scope);
  return new StoreBackedCache(options, crypto, onStatusChange, tools);
}

/**
 * A cache in a store that other processes share.
 *
 * An entry is valid while all its tags have the versions that they had when its request started.
 */
class StoreBackedCache implements SharedCache {
  readonly #crypto: StoreCrypto;
  readonly #now: () => number;
  readonly #maxValueLength: number;
  readonly #client: StoreClient;
  readonly #versionTracker: VersionTracker;

  constructor(
    options: ResolvedStoreOptions,
    crypto: StoreCrypto,
    onStatusChange: (ok: boolean) => void,
    tools: SharedCacheTools,
  ) {
    this.#crypto = crypto;
    this.#now = tools.sleepAwareNow;
    this.#maxValueLength = options.maxValueLength;
    const handleStatusChange = (ok: boolean) => {
      onStatusChange(ok);
      if (ok) this.#versionTracker.republish();
    };
    this.#client = new StoreClient(options, crypto, handleStatusChange, tools);
    this.#versionTracker = new VersionTracker(this.#client, tools.newRandomId);
  }

  async lookup(tags: readonly string[], key?: string): Promise<SharedLookupResult | undefined> {
    const storeKeys = await this.#client.toStoreKeys([
      ...tags.map(versionName),
      ...(key === undefined ? [] : [key]),
    ]);
    const result = await this.#client.run((store) => getMany(store, storeKeys));
    if (!result) return undefined;
    const storeVersions = result.value.slice(0, tags.length);
    const versions = await this.#versionTracker.verify(tags, storeVersions);
    if (!versions)
      return this.#client.isHealthy
        ? { versions: toTagVersions(tags, storeVersions), isConsistent: false }
        : undefined;
    if (key === undefined) return { versions, isConsistent: true };
    const entry = await this.#decryptEntry(storeKeys.at(-1) ?? '', result.value.at(-1), tags, versions);
    return { versions, isConsistent: true, entry };
  }

  set(
    key: string,
    { sequence: _, storedAt, tags, value, ...entry }: Entry,
    versions: TagVersions,
    lifetimeMs: number,
  ): void {
    if (lifetimeMs < 1) return;
    const storedEntry: StoredEntry = {
      ...entry,
      text: value.text,
      storedAtMs: Date.now() - (this.#now() - storedAt),
      versions: tags.map((tag) => versions[tag] ?? ''),
    };
    const share = async () => {
      const storeKey = await this.#client.toStoreKey(key);
      const encrypted = await this.#crypto.encrypt(storeKey, JSON.stringify(storedEntry));
      if (encrypted.length > this.#maxValueLength) return;
      await this.#client.run((store) => store.set(storeKey, encrypted, Math.floor(lifetimeMs)));
    };
    share().catch(() => {}); // without working `crypto` functions, this process does not share the entry
  }

  delete(key: string): void {
    void this.#client.toStoreKey(key).then((storeKey) => this.#client.run((store) => store.delete(storeKey)));
  }

  invalidate(tags: readonly string[], lateWriteWindowMs: number): Promise<void> {
    return this.#versionTracker.invalidate(tags, lateWriteWindowMs);
  }

  close(): void {
    this.#versionTracker.close();
  }

  /** Returns undefined if the entry is absent, too long, unreadable, or has other versions. */
  async #decryptEntry(
    storeKey: string,
    encrypted: string | undefined,
    tags: readonly string[],
    versions: TagVersions,
  ): Promise<SharedLookupResult['entry']> {
    // Decoding a long value blocks the event loop.
    if (encrypted === undefined || encrypted.length > this.#maxValueLength) return undefined;
    const text = await this.#crypto.decrypt(storeKey, encrypted);
    const storedEntry = text === undefined ? undefined : parseStoredEntry(text);
    if (!storedEntry) return undefined;
    const { storedAtMs, versions: storedVersions, ...entry } = storedEntry;
    if (tags.some((tag, index) => versions[tag] !== storedVersions[index])) return undefined;
    return { ...entry, storedAt: this.#now() - Math.max(0, Date.now() - storedAtMs) };
  }
}

/** Returns undefined for an entry that another release of this package stored in another form. */
function parseStoredEntry(json: string): StoredEntry | undefined {
  try {
    const entry = JSON.parse(json) as StoredEntry;
    const { text, versions, storedAtMs, ttlMs } = entry;
    const isValid =
      typeof text === 'string' && Array.isArray(versions) && Number.isFinite(storedAtMs + ttlMs);
    return isValid ? entry : undefined;
  } catch {
    return undefined;
  }
}

const toTagVersions = (
  tags: readonly string[],
  storeVersions: readonly (string | undefined)[],
): TagVersions => Object.fromEntries(tags.map((tag, index) => [tag, storeVersions[index] ?? '']));
