import { once } from '../schemas/once.js';
import {
  createDisplayNames,
  findRegion,
  normalizeName,
  resolveRegionCode,
  TWO_LETTER_CODES,
} from './regions.js';

/** Languages that have only a three-letter code, and whose names are common. */
const THREE_LETTER_CODES = ['cmn', 'fil', 'haw', 'yue'];

/** Codes that name no single language: unknown, several, unlisted, and not a language. */
const NO_LANGUAGES: readonly string[] = ['und', 'mul', 'mis', 'zxx'];

const toCanonical = (tag: string): string => Intl.getCanonicalLocales(tag)[0] ?? tag;

const languageNames = once(() => createDisplayNames('en', 'language'));

/** The languages by name: in English, and in the language itself. */
const languagesByName = once((): ReadonlyMap<string, string> => {
  const languages = new Map<string, string>();
  const names = languageNames();
  const codes = [...TWO_LETTER_CODES, ...THREE_LETTER_CODES].filter((code) => names.of(code) !== undefined);
  const add = (name: string | undefined, code: string) => {
    const key = normalizeName(name ?? '');
    if (key !== '' && !languages.has(key)) languages.set(key, toCanonical(code));
  };
  for (const code of codes) add(names.of(code), code);
  for (const code of Intl.DisplayNames.supportedLocalesOf(codes))
    add(createDisplayNames(code, 'language').of(code), code);
  return languages;
});

/** Reads a language tag, without its variants and extensions. Returns `undefined` if a part of it is unknown. */
function parseTag(tag: string): Intl.Locale | undefined {
  if (!/^[a-z]{2,3}(?:-[a-z\d]{1,8})*$/i.test(tag)) return undefined;
  try {
    const { language, script, region } = new Intl.Locale(tag);
    if (NO_LANGUAGES.includes(language) || languageNames().of(language) === undefined) return undefined;
    if (region !== undefined && resolveRegionCode(region) === undefined) return undefined;
    return new Intl.Locale([language, script, region].filter(Boolean).join('-'));
  } catch {
    return undefined; // not a language tag
  }
}

/** Returns the locale of a language, given as a tag or a name: `en_US`, `English`, `Deutsch`, `Portuguese (Brazil)`. */
export function findLocale(text: string): Intl.Locale | undefined {
  const [, name = text, place] = /^([^()]+)\(([^()]+)\)$/.exec(text) ?? [];
  const language = languagesByName().get(normalizeName(name));
  const locale = language === undefined ? parseTag(text.replaceAll('_', '-')) : new Intl.Locale(language);
  if (place === undefined || locale === undefined) return locale;
  const region = findRegion(place);
  return region === undefined ? undefined : new Intl.Locale(locale, { region });
}
