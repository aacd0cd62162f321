import { isPlainObject } from '../../schemas/plain-data.js';
import type { View } from '../fit-to-budget.js';
import { toKey } from './restore.js';

/**
 * Whether a write loses stored data that the model did not see.
 *
 * @param view what a model sees of the stored value. `undefined` if nothing.
 */
export function losesHiddenData(stored: unknown, view: View | undefined, result: unknown): boolean {
  if (stored === undefined || stored === null || view?.isComplete || toKey(stored) === toKey(result))
    return false;
  if (Array.isArray(stored)) return !Array.isArray(result) || losesEntry(stored, view, result);
  if (!isPlainObject(stored)) return true;
  return Object.entries(stored).some(
    ([key, entry]) =>
      !view?.entries.get(key)?.isComplete &&
      (!isPlainObject(result) ||
        !Object.hasOwn(result, key) ||
        losesHiddenData(entry, view?.entries.get(key), result[key])),
  );
}

/** Whether the result has fewer of an entry that is not wholly shown. Counts, because a list may have duplicates. */
function losesEntry(stored: readonly unknown[], view: View | undefined, result: readonly unknown[]): boolean {
  const [storedCounts, resultCounts] = [countEntries(stored), countEntries(result)];
  return stored.some((entry, index) => {
    const key = toKey(entry);
    return (
      !view?.entries.get(index)?.isComplete && (resultCounts.get(key) ?? 0) < (storedCounts.get(key) ?? 0)
    );
  });
}

function countEntries(entries: readonly unknown[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const key of entries.map(toKey)) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}
