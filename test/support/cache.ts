import type { CacheStore } from 'persona-client';

/** An in-memory store with Keyv's interface. Tests can make the store fail, hang, swallow errors, or roll back. */
export class MemoryStore implements CacheStore {
  readonly entries = new Map<string, { readonly value: string; readonly expiresAt: number }>();
  /** The calls so far, such as `getMany 3`. */
  readonly calls: string[] = [];
  mode: 'ok' | 'fails' | 'hangs' | 'swallows errors' = 'ok';

  async get(key: string): Promise<string | undefined> {
    return (await this.getMany([key]))[0];
  }

  async getMany(keys: string[]): Promise<(string | undefined)[]> {
    this.calls.push(`getMany ${keys.length}`);
    const values = keys.map((key) => {
      const entry = this.entries.get(key);
      return entry && entry.expiresAt > performance.now() ? entry.value : undefined;
    });
    return this.#respond(
      values,
      keys.map(() => undefined),
    );
  }

  async set(key: string, value: string, ttlMs = Number.POSITIVE_INFINITY): Promise<boolean> {
    this.calls.push('set');
    if (this.mode === 'ok') this.entries.set(key, { value, expiresAt: performance.now() + ttlMs });
    return this.#respond(true, false);
  }

  async delete(key: string): Promise<boolean> {
    this.calls.push('delete');
    if (this.mode === 'ok') this.entries.delete(key);
    return this.#respond(true, false);
  }

  /** Returns a function that restores the current entries. */
  snapshot(): () => void {
    const savedEntries = [...this.entries];
    return () => {
      this.entries.clear();
      for (const [key, entry] of savedEntries) this.entries.set(key, entry);
    };
  }

  #respond<T>(value: T, onError: T): Promise<T> {
    if (this.mode === 'fails')
      return Promise.reject(new Error('connect ECONNREFUSED redis://user:hunter2@redis'));
    if (this.mode === 'hangs') return new Promise(() => {});
    return Promise.resolve(this.mode === 'swallows errors' ? onError : value);
  }
}

export const KEY_SECRET = 'a secret of sixteen or more';
