import { replaceNamedValues } from './named-values.js';
import { RecordingError } from './recording-error.js';
import { listForms, toPattern } from './secret-forms.js';
import { isSecretName, isSecretParameter } from './secret-names.js';

/** Replaces a secret in a request. In a response, a number follows: `redacted-1`. */
export const REDACTED = 'redacted';
const PLACEHOLDER = /^redacted(?:-\d+)?$/;
export const isPlaceholder = (text: string): boolean => PLACEHOLDER.test(text.trim());

/** A shorter secret is only replaced where it is a whole word. Otherwise, it would replace parts of ordinary words. */
const MIN_PART_LENGTH = 4;
const MIN_JWT_PART_LENGTH = 16;
/** A shorter value after a name in a sentence may be an ordinary word. */
const MIN_UNCERTAIN_LENGTH = 6;
const MAX_SECRETS = 5_000;
/** Enough to recognize a secret. An engine limits the length of patterns. */
const MAX_SECRET_LENGTH = 10_000;
/** In characters of a regular expression. */
const MAX_PATTERN_LENGTH = 200_000;
/** Words that messages contain in place of a secret. */
const ORDINARY_WORDS =
  /^(?:bearer|basic|digest|null|none|true|false|undefined|required|missing|invalid|expired)$/i;

/** The part after the first dot is optional, so that a long text without dots is read only once. */
const JWT = /\beyJ[\w-]{5,}(\.[\w-]+(?:\.[\w-]*)?)?/g;
const CREDENTIALS = /\b(Bearer|Basic)(\s+)([^\s"'<>,;]{8,})/gi;
const USER_INFO = /\/\/[^\s/@"'<>]{1,512}@/g;

/** The secrets that a recording has seen. Replaces them in everything that a service returns. */
export class Secrets {
  readonly #extraNames: ReadonlySet<string>;
  /** The number of each secret, by its text in lower case. */
  readonly #numbers = new Map<string, number>();
  /** The number of each form of a secret, such as its base64. */
  readonly #forms = new Map<string, number>();
  #count: number;
  #patterns: readonly RegExp[] | undefined;

  /**
   * @param extraNames names of other fields whose values are secrets, in any case.
   * @param count how many secrets an earlier recording has numbered.
   */
  constructor(extraNames: readonly string[], count = 0) {
    this.#extraNames = new Set(extraNames.map((name) => name.toLowerCase()));
    this.#count = count;
  }

  /** Rises with each new secret. */
  get count(): number {
    return this.#count;
  }

  isSecretField = (name: string): boolean => this.#isExtraName(name) || isSecretName(name);
  isSecretParameter = (name: string): boolean => this.#isExtraName(name) || isSecretParameter(name);
  #isExtraName = (name: string): boolean => this.#extraNames.has(name.toLowerCase());

  /** Adds a secret. Returns the text in its place. */
  add(value: string): string {
    const secret = value.trim().slice(0, MAX_SECRET_LENGTH);
    if (secret === '' || PLACEHOLDER.test(secret) || ORDINARY_WORDS.test(secret)) return value;
    const known = this.#numbers.get(secret.toLowerCase());
    if (known !== undefined) return `${REDACTED}-${known}`;
    if (this.#count >= MAX_SECRETS)
      throw new RecordingError(`recordFetch: the responses contain more than ${MAX_SECRETS} secrets`);
    const number = ++this.#count;
    const jwtParts = /^[\w-]+\.[\w-]+\.[\w-]*$/.test(secret) ? secret.split('.') : [];
    for (const part of [secret, ...jwtParts.filter(({ length }) => length >= MIN_JWT_PART_LENGTH)])
      for (const form of listForms(part)) if (!this.#forms.has(form)) this.#forms.set(form, number);
    this.#numbers.set(secret.toLowerCase(), number);
    this.#patterns = undefined;
    return `${REDACTED}-${number}`;
  }

  /** Adds the secrets in a text that is not JSON, by their names. */
  addFromText(text: string): void {
    replaceNamedValues(text, this.isSecretField, (value, isCertain) => {
      if (isCertain || (value.length >= MIN_UNCERTAIN_LENGTH && /\d/.test(value))) this.add(value);
      return value;
    });
  }

  /** Replaces the secrets in a text: known ones, and words that look like one. */
  redactText(text: string): string {
    let withoutKnown = text;
    for (const pattern of this.#getPatterns())
      withoutKnown = withoutKnown.replace(pattern, (match) =>
        PLACEHOLDER.test(match) ? match : `${REDACTED}-${this.#find(match)}`,
      );
    const withoutTokens = withoutKnown
      .replace(JWT, (match, rest: string | undefined) => (rest === undefined ? match : REDACTED))
      .replace(CREDENTIALS, (match, scheme: string, space: string, value: string) =>
        PLACEHOLDER.test(value) || !(/\d/.test(value) || value.length >= 20)
          ? match
          : `${scheme}${space}${REDACTED}`,
      )
      .replace(USER_INFO, `//${REDACTED}@`);
    return replaceNamedValues(withoutTokens, this.isSecretField, (value) =>
      PLACEHOLDER.test(value) || ORDINARY_WORDS.test(value) ? value : REDACTED,
    );
  }

  /** Whether the text contains a known secret. */
  isContainedIn(text: string): boolean {
    return this.#getPatterns().some((pattern) => text.search(pattern) >= 0);
  }

  /** Returns the number of the secret that a text is a form of. */
  #find(match: string): number {
    const known = this.#forms.get(match) ?? this.#numbers.get(match.toLowerCase());
    if (known !== undefined) return known;
    for (const [form, number] of this.#listForms())
      if (new RegExp(`^(?:${toPattern(form)})$`, 'iu').test(match)) return number;
    return 0;
  }

  /** The longest first, because a secret can contain another one. */
  #listForms = (): (readonly [form: string, number: number])[] =>
    [...this.#forms].sort(([a], [b]) => b.length - a.length);

  /** Several patterns, because an engine limits the size of each. */
  #getPatterns(): readonly RegExp[] {
    if (this.#patterns) return this.#patterns;
    const groups: string[][] = [];
    let length = MAX_PATTERN_LENGTH;
    for (const [form] of this.#listForms()) {
      const pattern = form.length < MIN_PART_LENGTH ? `(?<!\\w)${toPattern(form)}(?!\\w)` : toPattern(form);
      if (length + pattern.length > MAX_PATTERN_LENGTH) {
        groups.push([]);
        length = 0;
      }
      groups.at(-1)?.push(pattern);
      length += pattern.length;
    }
    this.#patterns = groups.map((parts) => new RegExp(parts.join('|'), 'giu'));
    return this.#patterns;
  }
}
