import { ignoreErrors } from '../core/ignore-errors.js';
/**
 * Creates a function that reads a header of a `Headers`, a `Map` or an object. It returns `null` if the header is missing, if
 * `get` returns no string, or if reading throws.
 */
export function createHeaderReader(headers: unknown): (name: string) => string | null {
  const readHeader =
    typeof Object(headers).get === 'function' && !(headers instanceof Map)
      ? (name: string): unknown => (headers as Headers).get(name)
      : (name: string): unknown => toLowerCaseRecord(headers)[name];
  return (name) => {
    const value = ignoreErrors(() => readHeader(name));
    return typeof value === 'string' ? value : null;
  };
}

const toLowerCaseRecord = (headers: unknown): Record<string, string> =>
  Object.fromEntries(
    (headers instanceof Map ? [...headers] : Object.entries(Object(headers))).map(([name, value]) => [
      String(name).toLowerCase(),
      String(value),
    ]),
  );
