import type { CacheStore } from 'persona-client';

/** A store as Keyv has it, in memory, that can be made to fail or to hang, and be put back to what it was. */
export class MemoryStore implements CacheStore {
  readonly held = new Map<string, { readonly value: string; readonly until: number }>();
  /** What was asked of it, such as `getMany 3`. */
  readonly asked: string[] = [];
  mood: 'well' | 'fails' | 'hangs' | 'swallows' = 'well';

  async get(key: string): Promise<string | undefined> {
    return (await this.getMany([key]))[0];
  }

  async getMany(keys: string[]): Promise<(string | undefined)[]> {
    this.asked.push(`getMany ${keys.length}`);
    const found = keys.map((key) => {
      const one = this.held.get(key);
      return one && one.until > performance.now() ? one.value : undefined;
    });
    return this.#answer(
      found,
      keys.map(() => undefined),
    );
  }

  async set(key: string, value: string, ttlMs = Number.POSITIVE_INFINITY): Promise<boolean> {
    this.asked.push('set');
    if (this.mood === 'well') this.held.set(key, { value, until: performance.now() + ttlMs });
    return this.#answer(true, false);
  }

  async delete(key: string): Promise<boolean> {
    this.asked.push('delete');
    if (this.mood === 'well') this.held.delete(key);
    return this.#answer(true, false);
  }

  /** What it holds now, to go back to. */
  snapshot(): () => void {
    const before = [...this.held];
    return () => {
      this.held.clear();
      for (const [key, one] of before) this.held.set(key, one);
    };
  }

  #answer<T>(value: T, swallowed: T): Promise<T> {
    if (this.mood === 'fails')
      return Promise.reject(new Error('connect ECONNREFUSED redis://user:hunter2@redis'));
    if (this.mood === 'hangs') return new Promise(() => {});
    return Promise.resolve(this.mood === 'swallows' ? swallowed : value);
  }
}

export const KEY_SECRET = 'a secret of sixteen or more';
