/** Characters that people cannot see but models read: control, bidi, zero-width, tag, private-use and surrogate characters. */
const INVISIBLE =
  /[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Co}\p{Cs}]|(?![\n\t])[\p{Cc}]|[\u2028\u2029\ufff9-\ufffb]/gu;

/**
 * Removes invisible characters from stored text. Joined emoji split into their parts.
 *
 * @example
 * ```ts
 * stripInvisible('A\u200bda'); // 'Ada'
 * ```
 */
export const stripInvisible = (text: string): string => text.replace(INVISIBLE, '');

/** Limits text to `maxLength` code points. Longer text ends with `…`. */
export function truncate(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const characters = [...text];
  return characters.length <= maxLength ? text : `${characters.slice(0, maxLength - 1).join('')}…`;
}

/** Removes invisible characters and collapses white space, so that the text fits on one line. */
export const toSingleLine = (text: string): string => stripInvisible(text).replace(/\s+/g, ' ').trim();

/** Quotes a stored name for use in a sentence: one line, at most 80 characters, with its own quotes escaped. */
export const quoteName = (text: string): string => toSafeJson(truncate(toSingleLine(text), 80));

/** Serializes JSON with `<`, `>`, `&` and backticks escaped, so that stored text cannot forge a tag, fence or entity. */
export const toSafeJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[<>&\u0060]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
