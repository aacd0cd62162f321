import type { CacheMode } from '../config/resolve-request-options.js';
import { LISTS, personaTag } from './tags.js';

/** Limits the memory. The client forgets the persona that it has known longest. */
const MAX_KNOWN = 10_000;

/** Remembers which persona has an id, for the personas that the cache may contain. */
export class KnownPersonas {
  readonly #createdAt = new Map<number, string>();

  /** Returns the tags of the entries that may contain another persona with this id. */
  update(id: number, createdAt: string | undefined, mode: CacheMode): readonly string[] {
    const known = this.#createdAt.get(id);
    if (known && known === createdAt) return [];
    if (!createdAt) this.#createdAt.delete(id);
    else if (known || mode !== 'no-store') this.#createdAt.set(id, createdAt);
    const [oldestId] = this.#createdAt.keys();
    if (oldestId && this.#createdAt.size > MAX_KNOWN) this.#createdAt.delete(oldestId);
    if (known) return [LISTS, personaTag(id)];
    return createdAt ? [] : [personaTag(id)];
  }
}
