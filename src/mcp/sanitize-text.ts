import { ANY_INVISIBLE, allInvisible, spelledOrInvisible } from './spelled-characters.js';

/**
 * Removes the characters of stored text that people cannot see but models read. Joiners and variation selectors stay
 * where the spelling of a word or an emoji needs them.
 *
 * @example
 * ```ts
 * stripInvisible('A\u200bda'); // 'Ada'
 * stripInvisible('\u0645\u06cc\u200c\u0631\u0648\u0645'); // the same text
 * ```
 */
export const stripInvisible = (text: string): string =>
  ANY_INVISIBLE.test(text)
    ? text.replace(spelledOrInvisible(), (_match, spelled: string | undefined) => spelled ?? '')
    : text;

/** Removes all invisible characters, also those of the spelling, so that a search finds a word with and without them. */
export const removeInvisible = (text: string): string =>
  ANY_INVISIBLE.test(text) ? text.replace(allInvisible(), '') : text;

/** The start of the text, without a part of a character: at most `maxLength` UTF-16 units. */
export function takeStart(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const characters = new Intl.Segmenter('en').segment(text); // not at the top level, because the first one is slow
  return text.slice(0, characters.containing(Math.max(0, maxLength))?.index);
}

/** Limits text to `maxLength` UTF-16 units. Longer text ends with `…`, after a whole character. */
export const truncate = (text: string, maxLength: number): string =>
  text.length <= maxLength ? text : `${takeStart(text, maxLength - 1)}…`;

/** Removes invisible characters and collapses white space, so that the text fits on one line. */
export const toSingleLine = (text: string): string => stripInvisible(text).replace(/\s+/g, ' ').trim();

/** Quotes a stored name for use in a sentence: one line, at most 80 characters, with its own quotes escaped. */
export const quoteName = (text: string): string => toSafeJson(truncate(toSingleLine(text), 80));

/**
 * Escapes the characters of JSON text that could forge a tag, fence or entity. They occur only in strings, so the data
 * stays the same.
 */
export const escapeMarkup = (json: string): string =>
  json.replace(/[<>&\u0060]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Serializes JSON in which stored text cannot forge a tag, fence or entity. */
export const toSafeJson = (value: unknown): string => escapeMarkup(JSON.stringify(value));
