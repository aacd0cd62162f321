import { RecordingError } from './recording-error.js';
import { isSecretName, isSecretParameter } from './secret-names.js';

/** The text in place of a secret in a request. In a response, a number follows: `redacted-1`. */
export const REDACTED = 'redacted';
const PLACEHOLDER = /^redacted(?:-\d+)?$/;
export const isPlaceholder = (text: string): boolean => PLACEHOLDER.test(text.trim());

/** A shorter secret is only replaced where it is a whole word. Otherwise, it would replace parts of ordinary words. */
const MIN_PART_LENGTH = 4;
const MIN_JWT_PART_LENGTH = 16;
const MAX_SECRETS = 5_000;
/** Words that messages contain in place of a secret. */
const ORDINARY_WORDS =
  /^(?:bearer|basic|digest|null|none|true|false|undefined|required|missing|invalid|expired)$/i;

const JWT = /\beyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)?/g;
const CREDENTIALS = /\b(Bearer|Basic)(\s+)([^\s"'<>,;]{8,})/gi;
const USER_INFO = /\/\/[^\s/@:"'<>]{0,256}:[^\s/@"'<>]{1,256}@/g;
/** `password=x`, `"api_key": "x"`, `Cookie: a=x` in any text. */
const ASSIGNMENT =
  /(?<![\w.-])([\w.-]{1,64})(["'\\\]]{0,4}\s{0,4}[:=]\s{0,4}["'\\]{0,4})([^\s"'\\&<>,;{}[\]()]+)/g;

const escapePattern = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

const toBase64 = (text: string): string =>
  btoa(String.fromCharCode(...new TextEncoder().encode(text.slice(0, 10_000)))).replace(/=+$/, '');

const toHtml = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');

const toAscii = (text: string): string =>
  text.replace(/[^ -~]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** The forms in which a service may repeat a secret. */
function listForms(secret: string): Set<string> {
  const text = secret.replace(/\p{Surrogate}/gu, '\ufffd');
  const encoded = encodeURIComponent(text);
  const quoted = JSON.stringify(text).slice(1, -1);
  const forms = [
    secret,
    encoded,
    encodeURIComponent(encoded),
    encoded.replaceAll('%20', '+'),
    encodeURI(text),
  ];
  forms.push(quoted, toAscii(quoted), toHtml(text), toHtml(text).replaceAll('&#39;', '&#x27;'));
  if (secret.length >= MIN_PART_LENGTH) {
    const base64 = toBase64(text);
    forms.push(base64, base64.replaceAll('+', '-').replaceAll('/', '_'));
  }
  return new Set(forms);
}

/** The secrets that a recording has seen. Replaces them in everything that a service returns. */
export class Secrets {
  readonly #userNames: ReadonlySet<string>;
  /** The number of each secret, by its forms in lower case. */
  readonly #numbers = new Map<string, number>();
  #count: number;
  #pattern: RegExp | undefined;

  /**
   * @param userNames names of other fields whose values are secrets, in any case.
   * @param count how many secrets an earlier recording has numbered.
   */
  constructor(userNames: readonly string[], count = 0) {
    this.#userNames = new Set(userNames.map((name) => name.toLowerCase()));
    this.#count = count;
  }

  /** Rises with each new secret. */
  get count(): number {
    return this.#count;
  }

  isSecretField = (name: string): boolean => this.#isUserName(name) || isSecretName(name);
  isSecretParameter = (name: string): boolean => this.#isUserName(name) || isSecretParameter(name);
  #isUserName = (name: string): boolean => this.#userNames.has(name.toLowerCase());

  /** Remembers a secret. Returns the text in its place. */
  learn(value: string): string {
    const secret = value.trim();
    if (secret === '' || PLACEHOLDER.test(secret) || ORDINARY_WORDS.test(secret)) return value;
    const known = this.#numbers.get(secret.toLowerCase());
    if (known !== undefined) return `${REDACTED}-${known}`;
    if (this.#count >= MAX_SECRETS)
      throw new RecordingError(`recordFetch: the responses contain more than ${MAX_SECRETS} secrets`);
    const number = ++this.#count;
    const jwtParts = /^[\w-]+\.[\w-]+\.[\w-]*$/.test(secret) ? secret.split('.') : [];
    for (const part of [secret, ...jwtParts.filter(({ length }) => length >= MIN_JWT_PART_LENGTH)])
      for (const form of listForms(part)) {
        const key = form.toLowerCase();
        if (!this.#numbers.has(key)) this.#numbers.set(key, number);
      }
    this.#pattern = undefined;
    return `${REDACTED}-${number}`;
  }

  /** Replaces the secrets in a text: those that are known, and what looks like one. */
  redactText(text: string): string {
    const withoutKnown = text.replace(this.#getPattern(), (match) => {
      const number = this.#numbers.get(match.toLowerCase());
      return number === undefined ? REDACTED : `${REDACTED}-${number}`;
    });
    return withoutKnown
      .replace(JWT, REDACTED)
      .replace(CREDENTIALS, (match, scheme: string, space: string, value: string) =>
        PLACEHOLDER.test(value) || !(/\d/.test(value) || value.length >= 20)
          ? match
          : `${scheme}${space}${REDACTED}`,
      )
      .replace(USER_INFO, `//${REDACTED}@`)
      .replace(ASSIGNMENT, (match, name: string, separator: string, value: string) =>
        PLACEHOLDER.test(value) || ORDINARY_WORDS.test(value) || !this.isSecretField(name)
          ? match
          : `${name}${separator}${REDACTED}`,
      );
  }

  /** Whether the text contains a known secret. */
  isIn(text: string): boolean {
    return text.search(this.#getPattern()) >= 0;
  }

  #getPattern(): RegExp {
    if (this.#pattern) return this.#pattern;
    const forms = [...this.#numbers.keys()].sort((a, b) => b.length - a.length);
    const parts = forms.map((form) =>
      form.length < MIN_PART_LENGTH ? `(?<!\\w)${escapePattern(form)}(?!\\w)` : escapePattern(form),
    );
    this.#pattern = parts.length === 0 ? /(?!)/g : new RegExp(parts.join('|'), 'giu');
    return this.#pattern;
  }
}
