/**
 * Creates a reader of headers: of `Headers`, of a `Map`, or of an object. A header of another type, or one that cannot be
 * read, is missing.
 */
export function createHeaderReader(headers: unknown): (name: string) => string | null {
  const readHeader =
    typeof Object(headers).get === 'function' && !(headers instanceof Map)
      ? (name: string): unknown => (headers as Headers).get(name)
      : (name: string): unknown => toLowerCaseRecord(headers)[name];
  return (name) => {
    try {
      const value = readHeader(name);
      return typeof value === 'string' ? value : null;
    } catch {
      return null;
    }
  };
}

const toLowerCaseRecord = (headers: unknown): Record<string, string> =>
  Object.fromEntries(
    (headers instanceof Map ? [...headers] : Object.entries(Object(headers))).map(([name, value]) => [
      String(name).toLowerCase(),
      String(value),
    ]),
  );
