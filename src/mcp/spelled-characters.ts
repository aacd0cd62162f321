import { once } from '../schemas/once.js';

/**
 * Which invisible characters belong to the spelling of a word or an emoji, and which only hide text.
 *
 * Unicode calls them default ignorable. A joiner between Persian or Hindi letters, or between the parts of an emoji,
 * changes what people read. The same joiner between Latin letters hides a message.
 */

/** Scripts whose letters change their shape next to a joiner. */
const SHAPED_SCRIPTS =
  'Arab Syrc Nkoo Mand Mong Adlm Rohg Phag Deva Beng Guru Gujr Orya Taml Telu Knda Mlym Sinh Tibt Mymr Khmr Bali Java Newa Tirh Mtei';
/** Scripts that write words without spaces, and allow a line break at a zero-width space. */
const UNSPACED_SCRIPTS = 'Thai Laoo Khmr Mymr Tibt Bali Java Lana';

const IGNORABLE = String.raw`\p{Default_Ignorable_Code_Point}`;
const LETTER = String.raw`[[\p{L}\p{M}\p{N}]--${IGNORABLE}]`;
const lettersOf = (scripts: string) =>
  `[[${scripts.replace(/(\w+) ?/g, String.raw`\p{scx=$1}`)}]&&${LETTER}]`;
const SHAPED = lettersOf(SHAPED_SCRIPTS);
const UNSPACED = lettersOf(UNSPACED_SCRIPTS);

const SPELLED = [
  // Zero-width joiner and non-joiner: after a shaped letter, or before one as in "PDF‌ها".
  String.raw`(?<=${SHAPED})[\u200c\u200d]|(?<=${LETTER})[\u200c\u200d](?=${SHAPED})`,
  // Zero-width joiner between the parts of an emoji.
  String.raw`(?<=\p{Extended_Pictographic}[\ufe0f\p{Emoji_Modifier}]?)\u200d(?=\p{Extended_Pictographic})`,
  // One variation selector after a character that has variants.
  String.raw`(?<=[\p{Emoji}\p{Extended_Pictographic}])[\ufe0e\ufe0f]`,
  String.raw`(?<=[0\p{Sm}\p{Ideographic}\p{sc=Mymr}\p{sc=Phag}\u3001\u3002\uff01\uff0c\uff0e\uff1a\uff1b\uff1f])[\ufe00-\ufe02]`,
  String.raw`(?<=\p{Ideographic})[\u{e0100}-\u{e01ef}]`,
  String.raw`(?<=[\p{sc=Mong}&&${LETTER}])[\u180b-\u180f]`,
  // Combining grapheme joiner before a mark, and zero-width space between words without spaces.
  String.raw`(?<=${LETTER})\u034f(?=[\p{M}--${IGNORABLE}])|(?<=${UNSPACED})\u200b(?=${UNSPACED})`,
  // The flags of England, Scotland and Wales. Other tag characters spell hidden text.
  String.raw`\p{RGI_Emoji_Tag_Sequence}`,
].join('|');

/** Format characters that are visible: Arabic and Syriac signs above numbers, and hieroglyphs in groups. */
const VISIBLE_FORMATS = String.raw`\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u{110bd}\u{110cd}\u{13430}-\u{1343f}`;

/**
 * Default ignorable, format, private-use and surrogate characters, line and paragraph separators. Also all controls except tab
 * and line feed.
 */
const INVISIBLE = String.raw`[[${IGNORABLE}\p{Cf}\p{Co}\p{Cs}\p{Cc}\u2028\u2029]--[\n\t${VISIBLE_FORMATS}]]`;

/** Matches any invisible character. For a quick test. */
export const ANY_INVISIBLE =
  /[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Co}\p{Cs}\u2028\u2029]|(?![\n\t])\p{Cc}/u;

/** Matches every invisible character. The first group captures those that belong to the spelling. */
export const spelledOrInvisible = once(() => new RegExp(`(${SPELLED})|${INVISIBLE}`, 'gv'));

/** Matches every invisible character. For a search that ignores them. */
export const allInvisible = once(() => new RegExp(INVISIBLE, 'gv'));
