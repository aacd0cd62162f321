import { isPlainObject } from '../../schemas/plain-data.js';
import { toShownKey, type View } from '../fit-to-budget.js';
import { splitMarkedText } from '../marks.js';
import { stripInvisible } from '../sanitize-text.js';
import { isShownAs } from './restore-text.js';

/** Finds the stored entries that a model means. Takes each entry once, so that duplicates stay duplicates. */
export class EntryFinder {
  readonly #stored: readonly unknown[];
  /** Indexes of entries by form: as stored, without invisible characters, and as shown. The first index to take is last. */
  readonly #indexes = new Map<string, number[]>();
  readonly #taken = new Set<number>();

  /** @param shownEntries the entries that a model sees. `take` prefers these. */
  constructor(stored: readonly unknown[], shownEntries: View['entries'] | undefined) {
    this.#stored = stored;
    const isShown = (index: number) => shownEntries?.has(index) ?? false;
    const indexes = [...stored.keys()];
    const order = [...indexes.filter(isShown), ...indexes.filter((index) => !isShown(index))];
    for (const index of order.toReversed()) {
      const [entry, shown] = [stored[index], shownEntries?.get(index)?.shown];
      for (const form of new Set([entry, withoutInvisible(entry), shown].map(toKey))) {
        const found = this.#indexes.get(form);
        if (found) found.push(index);
        else this.#indexes.set(form, [index]);
      }
    }
  }

  /** Returns the index of the first entry that is shown like this one and is not taken. */
  take(shown: unknown): number | undefined {
    const indexes = this.#indexes.get(toKey(shown)) ?? [];
    let index = indexes.pop();
    while (index !== undefined && this.isTaken(index)) index = indexes.pop();
    index ??= this.#findShortened(shown);
    if (index !== undefined) this.#taken.add(index);
    return index;
  }

  isTaken(index: number): boolean {
    return this.#taken.has(index);
  }

  /** Finds a stored text that an earlier result shortened to another length. */
  #findShortened(shown: unknown): number | undefined {
    if (typeof shown !== 'string' || !splitMarkedText(shown)) return undefined;
    const index = this.#stored.findIndex(
      (entry, candidate) => typeof entry === 'string' && !this.isTaken(candidate) && isShownAs(entry, shown),
    );
    return index === -1 ? undefined : index;
  }
}

export const toKey = (value: unknown): string => JSON.stringify(value) ?? '';

function withoutInvisible(value: unknown): unknown {
  if (typeof value === 'string') return stripInvisible(value);
  if (Array.isArray(value)) return value.map(withoutInvisible);
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [toShownKey(key), withoutInvisible(entry)]),
  );
}

/** Maps the keys that a model sees, and the stored keys, to the stored keys. */
export const mapShownKeys = (keys: readonly string[]): Map<string, string> =>
  new Map([
    ...keys.toReversed().map((key) => [toShownKey(key), key] as const),
    ...keys.map((key) => [key, key] as const),
  ]);
