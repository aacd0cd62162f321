/** Nobody sees these, but a model reads them: controls, bidirectional overrides, zero-width and tag characters, lone surrogates. */
const INVISIBLE =
  /[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Co}\p{Cs}]|(?![\n\t])[\p{Cc}]|[\u2028\u2029\ufff9-\ufffb]/gu;

/**
 * Text that someone stored, without what is invisible in it. An emoji joined of several falls apart into them.
 *
 * @example
 * ```ts
 * visible('A\u200bda'); // 'Ada'
 * ```
 */
export const visible = (text: string): string => text.replace(INVISIBLE, '');

/** At most so many characters, with `…` in place of the rest; never half a character. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  const characters = [...text];
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`;
}

/** A stored name for a sentence of ours: visible, on one line, short, in quotes that it cannot end. */
export const quoted = (text: string): string => escaped(cut(visible(text).replace(/\s+/g, ' ').trim(), 80));

/** JSON in which no tag, fence or entity can be forged: `<`, `>` and `&` are written as escapes. */
export const escaped = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[<>&\u0060]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
