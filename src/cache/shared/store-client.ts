import type { CacheStore, ResolvedStoreOptions } from '../../config/cache-options.js';
import type { StoreCrypto } from './crypto.js';
import { type SharedCacheTools, StoreGuard } from './guard.js';

/** Calls the store through a guard, and maps names to store keys that reveal nothing. */
export class StoreClient {
  readonly #options: ResolvedStoreOptions;
  readonly #crypto: StoreCrypto;
  readonly #guard: StoreGuard;

  /** @param onStatusChange runs when the store becomes unavailable (`ok: false`) or available again. */
  constructor(
    options: ResolvedStoreOptions,
    crypto: StoreCrypto,
    onStatusChange: (ok: boolean) => void,
    tools: SharedCacheTools,
  ) {
    this.#options = options;
    this.#crypto = crypto;
    this.#guard = new StoreGuard(options.storeTimeoutMs, onStatusChange, tools);
  }

  get isHealthy(): boolean {
    return this.#guard.isHealthy;
  }

  async toStoreKey(name: string): Promise<string> {
    return `${this.#options.namespace}:${await this.#crypto.hmac(name)}`;
  }

  toStoreKeys(names: readonly string[]): Promise<string[]> {
    return Promise.all(names.map((name) => this.toStoreKey(name)));
  }

  /**
   * Runs store calls within the store's timeout.
   *
   * @param isUrgent whether the calls run even while the store is unavailable.
   * @returns undefined if the calls were skipped, failed or timed out.
   */
  run<T>(work: (store: CacheStore) => T | Promise<T>, isUrgent = false) {
    return this.#guard.run(() => work(this.#options.store), isUrgent);
  }
}

/** Reads several keys, in one round trip if the store has `getMany`. Treats a value that is not a string as missing. */
export async function getMany(
  store: CacheStore,
  keys: readonly string[],
): Promise<readonly (string | undefined)[]> {
  const values: unknown = await (store.getMany?.([...keys]) ??
    Promise.all(keys.map((key) => store.get(key))));
  if (!Array.isArray(values) || values.length !== keys.length)
    throw new TypeError('getMany did not return an array with one value per key');
  return Array.from(values, (value: unknown) => (typeof value === 'string' ? value : undefined));
}
