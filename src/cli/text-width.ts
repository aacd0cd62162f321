const WIDE =
  /^(?:[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}\p{Script=Yi}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation})|\ufe0f/u;
const NARROW_KATAKANA = /^[\uff61-\uffdc]/;
const INVISIBLE = /^[\p{M}\p{Cf}]*$/u;

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Returns how many columns of a terminal the text takes. East Asian characters and emoji take two, marks take none. */
export function textWidth(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let width = 0;
  for (const { segment } of segmenter.segment(text)) width += graphemeWidth(segment);
  return width;
}

function graphemeWidth(grapheme: string): number {
  if (INVISIBLE.test(grapheme)) return 0;
  return WIDE.test(grapheme) && !NARROW_KATAKANA.test(grapheme) ? 2 : 1;
}

/** Shortens text to a number of columns, with `…` at the end. Never splits a character. */
export function truncateToWidth(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text;
  let shortened = '';
  let width = 1; // of the ellipsis
  for (const { segment } of segmenter.segment(text)) {
    width += graphemeWidth(segment);
    if (width > columns) break;
    shortened += segment;
  }
  return `${shortened}…`;
}
