import { isPlainObject } from '../../schemas/plain-data.js';
import {
  MARK_KEY,
  parseListMark,
  parseMapMark,
  parseTextMark,
  toShownKey,
  type View,
} from '../fit-to-budget.js';
import { stripInvisible } from '../sanitize-text.js';
import { EditError } from './edit-error.js';

const createMarkError = () =>
  new EditError(
    'contains a mark "… N more" that does not fit the stored value. Read the persona again, and leave out what you do not change',
  );

/**
 * Restores what a model writes back as it was shown: text without its invisible characters, shortened text, and marks for
 * missing entries. What the model changed stays.
 *
 * @param view what a model sees of the stored value. `undefined` if nothing.
 * @throws {EditError} for a mark that does not fit the stored value.
 */
export function restore(stored: unknown, view: View | undefined, written: unknown): unknown {
  if (typeof written === 'string' && typeof stored === 'string') return restoreText(stored, written);
  if (Array.isArray(written) && Array.isArray(stored)) return restoreList(stored, view, written);
  if (isPlainObject(written) && isPlainObject(stored)) return restoreMap(stored, view, written);
  return assertNoMark(written);
}

/** Returns the value. @throws {EditError} if it contains a mark. */
export function assertNoMark<Value>(value: Value): Value {
  if (typeof value === 'string' && parseTextMark(value)) throw createMarkError();
  if (Array.isArray(value))
    for (const entry of value) {
      if (parseListMark(entry) !== undefined) throw createMarkError();
      assertNoMark(entry);
    }
  else if (isPlainObject(value))
    for (const [key, entry] of Object.entries(value)) {
      if (key === MARK_KEY && parseMapMark(entry) !== undefined) throw createMarkError();
      assertNoMark(entry);
    }
  return value;
}

const restoreText = (stored: string, written: string): string =>
  isShownAs(stored, written) ? storable(stored) : assertNoMark(written);

/** Whether a model sees the stored text as `shown`, whole or shortened at any length. */
export function isShownAs(stored: string, shown: string): boolean {
  const text = stripInvisible(stored);
  if (text === shown) return true;
  const { start, missing } = parseTextMark(shown) ?? {};
  return start !== undefined && text.length === start.length + (missing ?? 0) && text.startsWith(start);
}

/** No service stores half of a character, so the client does not send it. */
const storable = (text: string): string => (/\p{Surrogate}/u.test(text) ? stripInvisible(text) : text);

/** Restores each entry that is shown like a stored one. A mark becomes the entries that it stands for. */
function restoreList(
  stored: readonly unknown[],
  view: View | undefined,
  written: readonly unknown[],
): unknown[] {
  const finder = new EntryFinder(stored, view);
  const restored = written.map((entry) => {
    const index = finder.take(entry);
    if (index !== undefined) return { entries: [storableEntry(stored[index])] };
    const missing = parseListMark(entry);
    return missing === undefined ? { entries: [assertNoMark(entry)] } : { missing };
  });
  return restored.flatMap(({ entries, missing = 0 }) => {
    if (entries) return entries;
    return hiddenKeys([...stored.keys()], view, missing)
      .filter((index) => !finder.isTaken(index))
      .map((index) => storableEntry(stored[index]));
  });
}

const storableEntry = (entry: unknown): unknown => (typeof entry === 'string' ? storable(entry) : entry);

/** Finds the stored entries that a model means. Takes each entry once, so that duplicates stay duplicates. */
export class EntryFinder {
  readonly #stored: readonly unknown[];
  /** The indexes of the entries by each form in which a model may see them, the first index last. */
  readonly #indexes = new Map<string, number[]>();
  readonly #taken = new Set<number>();

  constructor(stored: readonly unknown[], view: View | undefined) {
    this.#stored = stored;
    for (const [index, entry] of [...stored.entries()].toReversed()) {
      const shown = view?.entries.get(index)?.shown;
      for (const form of new Set([entry, withoutInvisible(entry), shown].map(toKey))) {
        const indexes = this.#indexes.get(form);
        if (indexes) indexes.push(index);
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

  /** Finds a text that another call has shortened at another length. */
  #findShortened(shown: unknown): number | undefined {
    if (typeof shown !== 'string' || !parseTextMark(shown)) return undefined;
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

/** Restores keys and values. A mark becomes the entries that it stands for. */
function restoreMap(
  stored: Readonly<Record<string, unknown>>,
  view: View | undefined,
  written: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const storedKeys = mapShownKeys(Object.keys(stored));
  const restored = new Map<string, unknown>();
  for (const [shownKey, entry] of Object.entries(written)) {
    const missing = shownKey === MARK_KEY ? parseMapMark(entry) : undefined;
    const hidden = missing === undefined ? [] : hiddenKeys(Object.keys(stored), view, missing);
    for (const key of hidden) if (!restored.has(key)) restored.set(key, stored[key]);
    if (missing !== undefined) continue;
    const key = storedKeys.get(shownKey) ?? shownKey;
    const storedEntry = storedKeys.has(shownKey) ? stored[key] : undefined;
    restored.set(key, restore(storedEntry, view?.entries.get(key), entry));
  }
  return Object.fromEntries(restored);
}

/** Maps the keys that a model sees, and the stored keys, to the stored keys. */
export const mapShownKeys = (keys: readonly string[]): Map<string, string> =>
  new Map([
    ...keys.toReversed().map((key) => [toShownKey(key), key] as const),
    ...keys.map((key) => [key, key] as const),
  ]);

/** The last `missing` keys that the view does not show. */
function hiddenKeys<Key extends string | number>(
  keys: readonly Key[],
  view: View | undefined,
  missing: number,
): Key[] {
  const hidden = keys.filter((key) => !view?.entries.has(key));
  if (missing > hidden.length) throw createMarkError();
  return missing === 0 ? [] : hidden.slice(-missing);
}
