/** Maps tags to cache keys. Most tags have one key, so a set is created for the second key only. */
export class TagIndex {
  readonly #keys = new Map<string, string | Set<string>>();

  add(tag: string, key: string): void {
    const keys = this.#keys.get(tag);
    if (keys === undefined) this.#keys.set(tag, key);
    else if (typeof keys !== 'string') keys.add(key);
    else if (keys !== key) this.#keys.set(tag, new Set([keys, key]));
  }

  remove(tag: string, key: string): void {
    const keys = this.#keys.get(tag);
    if (keys === undefined) return;
    if (typeof keys !== 'string') keys.delete(key);
    if (keys === key || (typeof keys !== 'string' && keys.size === 0)) this.#keys.delete(tag);
  }

  /** Returns a copy, which does not change when keys are removed. */
  keys(tag: string): string[] {
    const keys = this.#keys.get(tag);
    return typeof keys === 'string' ? [keys] : [...(keys ?? [])];
  }
}
