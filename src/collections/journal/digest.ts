/**
 * A number that stands for an item, from 1 to 2^53: equal items have equal ones, whatever the order of their fields. Tells that a
 * file was changed; guards against no one who forges.
 */
export function digestOf(item: unknown): number {
  const text = canonical(item);
  return 1 + (fnv1a(text, 0x811c9dc5) >>> 11) * 2 ** 32 + fnv1a(text, text.length);
}

/** FNV-1a over UTF-16 units, 32 bits. */
function fnv1a(text: string, basis: number): number {
  let hash = basis;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

/** JSON with sorted keys. What JSON cannot carry never gets as far as being sent. */
function canonical(item: unknown): string {
  try {
    return JSON.stringify(item, sorted) ?? '';
  } catch {
    return '';
  }
}

const sorted = (_: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;
