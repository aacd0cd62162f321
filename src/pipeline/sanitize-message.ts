import type { Call } from '../core/call.js';
import { CATEGORIES } from '../schemas/categories.js';
import type { FieldConfig } from '../schemas/field-config.js';

/** Removes everything that could be data from the error messages of the service. */
export interface MessageSanitizer {
  /** Returns the message with unknown words replaced by `…`, or `''` if nothing is left. */
  sanitize(message: string): string;
  /** Returns whether the word is the name of a field in the request. */
  isSentField(word: string): boolean;
  /** Returns whether an issue may show the word as a field name. */
  isDisplayableName(word: string): boolean;
}

const WORD = /[\p{L}\p{M}\p{N}_]+/gu;
const MAX_NUMBERS = 2;
const MAX_MESSAGE_LENGTH = 200;

/** The sentence of the `attributes` dialect that names a field and lists its options. Both come from the field config. */
const OPTIONS_SENTENCE = /^Field '([\p{L}_][\p{L}\p{M}\p{N}_-]{0,39})' must be one of: (.+)$/u;
const OPTION = /^[\p{L}\p{N}][\p{L}\p{M}\p{N} /+-]{0,39}$/u;
const MAX_OPTIONS = 40;
/** Enough for a sentence with this many options. */
const MAX_SENTENCE_LENGTH = 2_000;

/**
 * Creates a sanitizer for the responses to a call.
 *
 * A message can quote the request or stored data: personal data, secrets or SQL. So only these words remain:
 *
 * - known words of frameworks
 * - names of fields in the request
 * - up to two numbers that the request does not contain
 * - the name and the options of a field in `fieldConfig`, if the request does not contain their words as data
 *
 * The headers are data, because they contain credentials.
 */
export function createSanitizer(
  { body, progress }: Pick<Call, 'body' | 'progress'>,
  fieldConfig: FieldConfig = {},
): MessageSanitizer {
  const fieldNames = new Set<string>();
  const sentWords = new Set<string>();
  collectWords(body === undefined ? null : JSON.parse(body), fieldNames, sentWords);
  for (const value of Object.values(progress.headers)) collectWords(value, fieldNames, sentWords);

  const isNotSent = (text: string) => (text.match(WORD) ?? []).every((word) => !sentWords.has(word));
  const sanitizeOptions = ([, field = '', list = '']: readonly string[]) => {
    const definitions = Object.values(fieldConfig)
      .flatMap(({ fields }) => fields)
      .filter(({ name }) => name === field);
    const options = new Set(definitions.flatMap((definition) => definition.options ?? []));
    const shown = list
      .split(', ')
      .slice(0, MAX_OPTIONS)
      .map((text) => (options.has(text) && OPTION.test(text) && isNotSent(text) ? text : '…'));
    const showsField = fieldNames.has(field) || (definitions.length > 0 && isNotSent(field));
    return `Field '${showsField ? field : '…'}' must be one of: ${[...new Set(shown)].join(', ')}`;
  };

  return {
    isSentField: (word) => fieldNames.has(word),
    isDisplayableName: (word) => fieldNames.has(word) || KNOWN_WORDS.has(word),
    sanitize: (message) => {
      const sentence = OPTIONS_SENTENCE.exec(message.slice(0, MAX_SENTENCE_LENGTH));
      if (sentence) return sanitizeOptions(sentence);
      let numbersLeft = MAX_NUMBERS;
      const isAllowed = (word: string) => {
        if (KNOWN_WORDS.has(word.toLowerCase()) || fieldNames.has(word)) return true;
        return /^\d{1,4}$/.test(word) && !sentWords.has(word) && numbersLeft-- > 0;
      };
      const sanitized = message
        .slice(0, MAX_MESSAGE_LENGTH)
        .replace(/[^\p{L}\p{M}\p{N}_ .,:;'"()<>=-]+/gu, ' ')
        .replace(WORD, (word) => (isAllowed(word) ? word : '…'))
        .replace(/…[^\p{L}\p{N}]*(?=…)/gu, '')
        .replace(/ +/g, ' ')
        .replace(/[.\s]+$/, '')
        .trim();
      return sanitized === '…' ? '' : sanitized;
    },
  };
}

/** Collects the field names of the body and its categories, and the words of all other keys and values. */
function collectWords(
  value: unknown,
  fieldNames: Set<string>,
  sentWords: Set<string>,
  keyKind: 'field' | 'data' = 'field',
): void {
  if (typeof value !== 'object' || value === null) {
    for (const [word] of String(value).matchAll(WORD)) sentWords.add(word);
    return;
  }
  for (const [key, inner] of Object.entries(value)) {
    if (keyKind === 'field') fieldNames.add(key);
    else collectWords(key, fieldNames, sentWords);
    const isCategory = keyKind === 'field' && CATEGORY_NAMES.includes(key);
    collectWords(inner, fieldNames, sentWords, isCategory ? 'field' : 'data');
  }
}

const CATEGORY_NAMES: readonly string[] = CATEGORIES;

/** The words of error messages in Flask, marshmallow, pydantic, their JWT libraries and the services. */
const KNOWN_WORDS: ReadonlySet<string> = new Set(
  `a access account active again allowed already an and are array attributes authorization bad be bearer been
    behavioral between body boolean browser but by cannot category character characters choice claim comma
    conflict contextual could credentials data date datetime demographic denied dict dictionary disabled
    does email empty enough entity equal error exceeds exist exists expected expired extra failed false
    field fields float for forbidden format found fresh from geolocation get given greater has have header
    id in incorrect infinity input integer invalid is it item items json jwt key latitude least length less
    level limit list locked long longer longitude malformed many map mapping matching maximum may media
    method minimum missing more most msg must name nan no non not null number numeric object of off once one
    only operation option options or out padding password path payload permission permissions permitted
    persona personas please positive provided proxy psychographic range refresh refused request requested
    requests required resource revoked schema segments sent server service shall short shorter should
    signature size sorry special string strings supported t than that the there this time to token tokens
    too true try type understand unexpected unique unknown unprocessable unsupported url user username valid
    validation value values verification was with wrong you your`.split(/\s+/),
);
