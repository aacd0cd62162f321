/**
 * Builds a URL path from a template. Every parameter becomes exactly one segment.
 *
 * @throws {TypeError} for the segments `""`, `.` and `..`. URL parsers resolve dots even if they are encoded.
 */
export function path(strings: TemplateStringsArray, ...segments: readonly (string | number)[]): string {
  let result = strings[0] ?? '';
  for (let index = 0; index < segments.length; index++)
    result += encodeSegment(segments[index] ?? '') + strings[index + 1];
  return result;
}

function encodeSegment(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const encoded = encodeURIComponent(value);
  if (encoded === '' || encoded === '.' || encoded === '..')
    throw new TypeError(`'${encoded}' is not a valid path segment`);
  return encoded;
}
