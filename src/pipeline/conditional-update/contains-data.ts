type WrittenFields = Readonly<Record<string, unknown>>;

/**
 * Whether stored data contains everything that an update writes. Services merge the fields of a category. A list or map replaces the
 * stored one.
 *
 * @param isPersona whether the data is a whole persona, whose categories contain fields.
 */
export function containsData(stored: unknown, written: WrittenFields, isPersona: boolean): boolean {
  return Object.entries(written).every(([name, value]) => {
    const storedValue: unknown = Object(stored)[name];
    return isPersona && isFields(value)
      ? containsData(storedValue, value, false)
      : isSameValue(storedValue, value);
  });
}

const isFields = (value: unknown): value is WrittenFields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function isSameValue(stored: unknown, written: unknown): boolean {
  if (written === undefined) return true;
  if (written === null) return stored === null || stored === undefined;
  if (typeof written !== 'object') return stored === written;
  if (typeof stored !== 'object' || stored === null) return false;
  if (Array.isArray(written) !== Array.isArray(stored)) return false;
  const [storedEntries, entries] = [Object.entries(stored), Object.entries(written)];
  return (
    storedEntries.length === entries.length &&
    entries.every(
      ([key, value]) => Object.hasOwn(stored, key) && isSameValue(Reflect.get(stored, key), value),
    )
  );
}
