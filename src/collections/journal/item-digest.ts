/**
 * Hashes an item to a number from 1 to 2^53. Equal items have equal digests, regardless of field order.
 *
 * Detects accidental changes of the items between two runs. The hash is not cryptographic.
 */
export function itemDigest(item: unknown): number {
  const text = toCanonicalJson(item);
  return 1 + (fnv1a(text, 0x811c9dc5) >>> 11) * 2 ** 32 + fnv1a(text, text.length);
}

/** 32-bit FNV-1a over UTF-16 code units. */
function fnv1a(text: string, basis: number): number {
  let hash = basis;
  for (let index = 0; index < text.length; index++)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}

/** Returns JSON with sorted keys, or `''` for an item that JSON cannot represent. Such an item fails validation and is never sent. */
function toCanonicalJson(item: unknown): string {
  try {
    return JSON.stringify(item, sortKeys) ?? '';
  } catch {
    return '';
  }
}

const sortKeys = (_: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;
