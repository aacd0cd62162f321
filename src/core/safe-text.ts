/**
 * Characters that end a line, move the cursor, change the direction of text or hide text. They are C0 and C1 controls, bidirectional
 * and zero-width characters, soft hyphens, line and paragraph separators, and tags.
 *
 * Joiners (U+200C, U+200D) and variation selectors are not included: Persian and Hindi names and many emoji need them.
 */
const CONTROLS =
  /[\p{Cc}\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

/** Replaces these characters with `\uXXXX`. In JSON text without line breaks, the data stays the same: they are in strings only. */
export const escapeControls = (text: string): string =>
  text.replace(CONTROLS, (character) => character.split('').map(escapeCodeUnit).join(''));

const escapeCodeUnit = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** Escapes the characters of {@link CONTROLS}, and shortens the text to at most this many bytes of UTF-8. */
export function toSafeText(text: string, maxBytes: number): string {
  const escaped = escapeControls(text.slice(0, maxBytes));
  let length = 0;
  let bytes = 3; // of the ellipsis
  for (const character of escaped) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : 4; // at most
    if (bytes > maxBytes) return `${escaped.slice(0, length)}…`;
    length += character.length;
  }
  return text.length > maxBytes ? `${escaped}…` : escaped;
}
