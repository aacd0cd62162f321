import { isPlainObject } from '../../schemas/plain-data.js';
import type { View } from '../fit-to-budget.js';
import { quoteName } from '../sanitize-text.js';
import { EditError } from './edit-error.js';
import { EntryFinder, mapShownKeys, toKey } from './entry-finder.js';
import { assertNoMark, restore } from './restore.js';

/**
 * Adds entries to a list, or sets entries of a map. Adds no entry that a list already has, so a repeated call changes
 * nothing.
 *
 * @param isList whether an unset value is a list.
 */
export function addTo(stored: unknown, view: View | undefined, added: unknown, isList: boolean): unknown {
  if (Array.isArray(stored) || (stored === undefined && isList)) {
    const list = (stored as readonly unknown[] | undefined) ?? [];
    const finder = new EntryFinder(list, view?.entries);
    const newEntries = new Map(toList(added).map((entry) => [toKey(entry), entry]));
    const missing = [...newEntries.values()].filter((entry) => finder.take(entry) === undefined);
    return [...list, ...assertNoMark(missing)];
  }
  if (stored !== undefined && !isPlainObject(stored))
    throw new EditError('add works on lists and maps. Set any other field to its new value');
  if (!isPlainObject(added))
    throw new EditError('add needs an object for a map, and a list of entries for a list');
  if (stored === undefined) return assertNoMark(added);
  const keys = mapShownKeys(Object.keys(stored));
  const result = new Map(Object.entries(stored));
  for (const [shownKey, entry] of Object.entries(added)) {
    const key = keys.get(shownKey) ?? shownKey;
    const [storedEntry, entryView] = [result.get(key), view?.entries.get(key)];
    const isContainer = typeof storedEntry === 'object' && storedEntry !== null;
    result.set(
      key,
      isContainer
        ? addTo(storedEntry, entryView, entry, false)
        : restore(storedEntry, entryView, entry, false),
    );
  }
  return Object.fromEntries(result);
}

const toList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);

/** Removes entries from a list, or keys from a map. If `removed` is an object, removes entries of the lists and maps in a map. */
export function removeFrom(stored: unknown, removed: unknown): unknown {
  if (Array.isArray(stored)) return removeEntries(stored, toList(removed));
  if (!isPlainObject(stored))
    throw new EditError('remove works on lists and maps. Set any other field to null');
  const keys = mapShownKeys(Object.keys(stored));
  const result = new Map(Object.entries(stored));
  const findKey = (shownKey: unknown): string => {
    const key = typeof shownKey === 'string' ? keys.get(shownKey) : undefined;
    if (key === undefined) throw notFound(shownKey);
    return key;
  };
  if (isPlainObject(removed))
    for (const [key, entries] of Object.entries(removed))
      result.set(findKey(key), removeFrom(stored[findKey(key)], entries));
  else for (const key of toList(removed)) result.delete(findKey(key));
  return Object.fromEntries(result);
}

/** Removes each given entry, and all other entries that look the same to a model. */
function removeEntries(stored: readonly unknown[], removed: readonly unknown[]): unknown[] {
  const finder = new EntryFinder(stored, undefined);
  for (const entry of removed) {
    if (finder.take(entry) === undefined) throw notFound(entry);
    while (finder.take(entry) !== undefined);
  }
  return stored.filter((_entry, index) => !finder.isTaken(index));
}

const notFound = (entry: unknown): EditError =>
  new EditError(`has no entry ${quoteName(typeof entry === 'string' ? entry : toKey(entry))} to remove`);
