import type { CacheMode } from '../config/resolve-request-options.js';
import { deleteOldest } from '../core/delete-oldest.js';
import { LISTS, personaTag } from './tags.js';

/** Limits the memory. The oldest entry is removed first. */
const MAX_ENTRIES = 10_000;

/**
 * The creation times of the personas that the cache may contain, by id.
 *
 * SQLite gives the id of a deleted persona to the next one. Another creation time means another persona.
 */
export class CreationTimes {
  readonly #createdAt = new Map<number, string>();

  /** Records a creation time. Returns the tags of the entries that may contain another persona with this id. */
  update(id: number, createdAt: string | undefined, mode: CacheMode): readonly string[] {
    const known = this.#createdAt.get(id);
    if (known && known === createdAt) return [];
    if (!createdAt) this.#createdAt.delete(id);
    else if (known || mode !== 'no-store') this.#createdAt.set(id, createdAt);
    deleteOldest(this.#createdAt, MAX_ENTRIES);
    if (known) return [LISTS, personaTag(id)];
    return createdAt ? [] : [personaTag(id)];
  }
}
