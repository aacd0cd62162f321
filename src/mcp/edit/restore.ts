import { isPlainObject } from '../../schemas/plain-data.js';
import type { View } from '../fit-to-budget.js';
import { MARK_KEY, parseListMark, parseMapMark, splitMarkedText } from '../marks.js';
import { createLossError, createMarkError } from './edit-error.js';
import { EntryFinder, mapShownKeys, toKey } from './entry-finder.js';
import { checkWritten, findReading, isMost } from './reading.js';
import { restoreText, storable } from './restore-text.js';

/**
 * Restores what a model writes back as it was shown: text without its invisible characters, shortened text, and marks for
 * missing entries. What the model changed stays.
 *
 * @param view what a model sees of the stored value. `undefined` if nothing.
 * @param mayDiscard whether the write may discard stored data that the model did not see.
 * @throws {EditError} for a mark that does not fit the stored value. Also if the write would discard unseen data without
 * `mayDiscard`.
 */
export function restore(
  stored: unknown,
  view: View | undefined,
  written: unknown,
  mayDiscard: boolean,
): unknown {
  if (typeof written === 'string' && typeof stored === 'string')
    return restoreText(stored, view, written, mayDiscard);
  if (Array.isArray(written) && Array.isArray(stored)) return restoreList(stored, view, written, mayDiscard);
  if (isPlainObject(written) && isPlainObject(stored)) return restoreMap(stored, view, written, mayDiscard);
  const isSeen = stored === undefined || stored === null || view?.isComplete;
  if (!mayDiscard && !isSeen && toKey(stored) !== toKey(written)) throw createLossError(stored);
  return assertNoMark(written);
}

/** Returns the value. @throws {EditError} if it contains a mark. */
export function assertNoMark<Value>(value: Value): Value {
  if (typeof value === 'string' && splitMarkedText(value)) throw createMarkError(value);
  if (Array.isArray(value))
    for (const entry of value) {
      if (parseListMark(entry)) throw createMarkError(value);
      assertNoMark(entry);
    }
  else if (isPlainObject(value))
    for (const [key, entry] of Object.entries(value)) {
      if (key === MARK_KEY && parseMapMark(entry)) throw createMarkError(value);
      assertNoMark(entry);
    }
  return value;
}

/** Restores each entry that is shown like a stored one. A mark becomes the entries that it stands for. */
function restoreList(
  stored: readonly unknown[],
  view: View | undefined,
  written: readonly unknown[],
  mayDiscard: boolean,
): unknown[] {
  const storedForms = new Set(stored.map(toKey));
  const marks = written.map((entry) => (storedForms.has(toKey(entry)) ? undefined : parseListMark(entry)));
  const reading = findReading(
    stored,
    view,
    marks.filter((mark) => mark !== undefined),
  );
  const finder = new EntryFinder(stored, reading.entries);
  const indexes = written.map((entry, position) => (marks[position] ? undefined : finder.take(entry)));
  const indexesOfMark = ({ earlier, more }: { earlier: number; more: number }) =>
    [...stored.keys()].slice(...(earlier > 0 ? [0, earlier] : [stored.length - more]));
  const present = indexes.filter((index) => index !== undefined);
  const restored = new Set([...present, ...marks.flatMap((mark) => (mark ? indexesOfMark(mark) : []))]);
  const omitted = [...stored.keys()].filter((index) => !restored.has(index));
  checkWritten(reading, { omitted, kept: present, present }, mayDiscard);
  return written.flatMap((entry, position) => {
    const [mark, index] = [marks[position], indexes[position]];
    if (mark)
      return indexesOfMark(mark)
        .filter((hidden) => !finder.isTaken(hidden))
        .map((hidden) => storableEntry(stored[hidden]));
    return [index === undefined ? assertNoMark(entry) : storableEntry(stored[index])];
  });
}

const storableEntry = (entry: unknown): unknown => (typeof entry === 'string' ? storable(entry) : entry);

/** Restores keys and values. A mark becomes the entries that it stands for. */
function restoreMap(
  stored: Readonly<Record<string, unknown>>,
  view: View | undefined,
  written: Readonly<Record<string, unknown>>,
  mayDiscard: boolean,
): Record<string, unknown> {
  const keys = mapShownKeys(Object.keys(stored));
  const mark = Object.hasOwn(written, MARK_KEY) ? parseMapMark(written[MARK_KEY]) : undefined;
  const reading = findReading(stored, view, mark ? [mark] : []);
  const restored = new Map<string, unknown>();
  for (const [shownKey, entry] of Object.entries(written)) {
    if (shownKey === MARK_KEY && mark) continue;
    const key = keys.get(shownKey) ?? shownKey;
    const storedEntry = keys.has(shownKey) ? stored[key] : undefined;
    restored.set(key, restore(storedEntry, reading.entries.get(key), entry, mayDiscard));
  }
  const present = Object.keys(stored).filter((key) => restored.has(key));
  const kept = present.filter((key) => isMostlyKept(stored[key], restored.get(key)));
  const hidden = mark ? Object.keys(stored).filter((key) => !reading.entries.has(key)) : [];
  for (const key of hidden) if (!restored.has(key)) restored.set(key, stored[key]);
  const omitted = Object.keys(stored).filter((key) => !restored.has(key));
  checkWritten(reading, { omitted, kept, present }, mayDiscard);
  return Object.fromEntries(restored);
}

/** Whether the value is the stored one, or a list or map with most entries of the stored one. */
function isMostlyKept(stored: unknown, value: unknown): boolean {
  if (toKey(stored) === toKey(value)) return true;
  if (Array.isArray(stored) && Array.isArray(value)) {
    const forms = new Set(value.map(toKey));
    return isMost(stored.filter((entry) => forms.has(toKey(entry))).length, stored.length);
  }
  if (!isPlainObject(stored) || !isPlainObject(value)) return false;
  const kept = Object.keys(stored).filter(
    (key) => Object.hasOwn(value, key) && isMostlyKept(stored[key], value[key]),
  );
  return isMost(kept.length, Object.keys(stored).length);
}
