/** Which keys are about what. Most tags have one key, and there are as many of them as answers: a set is made for the second. */
export class TagIndex {
  readonly #keys = new Map<string, string | Set<string>>();

  add(tag: string, key: string): void {
    const held = this.#keys.get(tag);
    if (held === undefined) this.#keys.set(tag, key);
    else if (typeof held !== 'string') held.add(key);
    else if (held !== key) this.#keys.set(tag, new Set([held, key]));
  }

  remove(tag: string, key: string): void {
    const held = this.#keys.get(tag);
    if (held === undefined) return;
    if (typeof held !== 'string') held.delete(key);
    if (held === key || (typeof held !== 'string' && held.size === 0)) this.#keys.delete(tag);
  }

  /** A list of its own, which stays as it is. */
  keysOf(tag: string): string[] {
    const held = this.#keys.get(tag);
    return typeof held === 'string' ? [held] : [...(held ?? [])];
  }
}
