/**
 * A path from a template: every parameter is one segment and stays one.
 * `.` and `..` would be resolved away by the URL parser even when encoded, so they are refused.
 */
export function path(strings: TemplateStringsArray, ...segments: readonly (string | number)[]): string {
  let whole = strings[0] ?? '';
  for (let at = 0; at < segments.length; at++) whole += segment(segments[at] ?? '') + strings[at + 1];
  return whole;
}

function segment(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const encoded = encodeURIComponent(value);
  if (encoded === '' || encoded === '.' || encoded === '..')
    throw new TypeError(`'${encoded}' cannot stand as a path segment`);
  return encoded;
}
