import type { JsonValue } from '../schemas/plain-data.js';
import { isPlainLoginName } from './secret-names.js';
import { isPlaceholder, REDACTED, type Secrets } from './secrets.js';

/** A body as a recording contains it: JSON, other text, or bytes. Empty without a body. */
export interface RecordedBody {
  readonly body?: JsonValue;
  readonly bodyText?: string;
  readonly bodyBase64?: string;
}

/** Deeper JSON is recorded as text. */
const MAX_JSON_DEPTH = 200;
/** A number with fewer digits is not a secret, because it could be an id. */
const MIN_DIGITS = 4;
/** The name of a field: short, or without digits. Any other name inside a secret may be a token. */
const FIELD_NAME = /^[a-z](?:[a-z_-]{0,40}|[\w-]{0,11})$/i;

function readJsonText(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined; // not JSON
  }
}

/** Parses JSON. Returns `undefined` if writing the value again would change it. */
function parseExactJson(text: string): JsonValue | undefined {
  const value = readJsonText(text);
  return value !== undefined && isExact(value, 0) ? value : undefined;
}

function isExact(value: JsonValue, depth: number): boolean {
  if (typeof value === 'number')
    return Number.isInteger(value) ? Number.isSafeInteger(value) : Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return true;
  return depth < MAX_JSON_DEPTH && Object.values(value).every((item) => isExact(item, depth + 1));
}

/** Adds the secrets of a body by the names of its fields. */
function addFieldSecrets(
  value: JsonValue,
  secrets: Secrets,
  isLogin: boolean,
  isSecret = false,
  name = '',
): void {
  if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      const isItemSecret = isSecret || (!Array.isArray(value) && secrets.isSecretField(key));
      if (isSecret && !Array.isArray(value) && !FIELD_NAME.test(key)) secrets.add(key);
      addFieldSecrets(item, secrets, isLogin, isItemSecret, Array.isArray(value) ? name : key);
    }
    return;
  }
  if (isSecret || (isLogin && !isPlainLoginName(name))) {
    if (typeof value === 'string') secrets.add(value);
    if (typeof value === 'number' && String(value).length >= MIN_DIGITS) secrets.add(String(value));
  } else if (typeof value === 'string') addTextSecrets(value, secrets, false);
}

const FORM = /^[^\s=&]+=[^\s&]*(?:&[^\s=&]+=[^\s&]*)*$/;

/** Adds the secrets of a text: of JSON, of a form, of lines that contain JSON, or of any other text with names. */
export function addTextSecrets(text: string, secrets: Secrets, isLogin: boolean): void {
  const json = readJsonText(text);
  if (typeof json === 'object') addFieldSecrets(json, secrets, isLogin);
  if (json !== undefined && isExact(json, 0)) return;
  if (FORM.test(text))
    for (const [name, value] of new URLSearchParams(text))
      if (isLogin ? !isPlainLoginName(name) : secrets.isSecretParameter(name)) secrets.add(value);
  if (json === undefined && /[{[]/.test(text) && /\n/.test(text))
    for (const line of text.split('\n')) {
      const item = readJsonText(line.replace(/^[^{[]*/, ''));
      if (typeof item === 'object') addFieldSecrets(item, secrets, isLogin);
    }
  secrets.addFromText(text);
}

/** Returns a copy without secrets, with sorted fields. A secret number becomes 0. */
function redactFields(value: JsonValue, rules: BodyRules, isSecret = false, name = ''): JsonValue {
  const { secrets, isLogin, redactText } = rules;
  if (Array.isArray(value))
    return (
      redactCharacters(value, redactText) ?? value.map((item) => redactFields(item, rules, isSecret, name))
    );
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(
      ([key, item]) =>
        [redactText(key), redactFields(item, rules, isSecret || secrets.isSecretField(key), key)] as const,
    );
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  }
  const isHidden = isSecret || (isLogin && !isPlainLoginName(name));
  if (typeof value === 'string') {
    const text = redactText(value);
    return isHidden && value !== '' && !isPlaceholder(text) ? REDACTED : text;
  }
  if (typeof value !== 'number') return value;
  const digits = String(value);
  return isHidden || (digits.length >= MIN_DIGITS && redactText(digits) !== digits) ? 0 : value;
}

/** Redacts a list of characters. Some services return a list as the characters of its text, which would hide a secret. */
function redactCharacters(list: JsonValue[], redactText: (text: string) => string): JsonValue[] | undefined {
  if (list.length < MIN_DIGITS || list.some((item) => typeof item !== 'string' || item.length > 2))
    return undefined;
  const text = list.join('');
  const redacted = redactText(text);
  return redacted === text ? undefined : [...redacted];
}

const toLatin1 = (bytes: Uint8Array): string => {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
};

const decodeText = (bytes: Uint8Array): string | undefined => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined; // not text
  }
};

/** How to redact a body. */
export interface BodyRules {
  readonly secrets: Secrets;
  /** Whether every text of the body may be a secret. */
  readonly isLogin: boolean;
  /** Replaces secrets in a text. */
  readonly redactText: (text: string) => string;
}

/** Adds the secrets of a body. */
export function addBodySecrets(bytes: Uint8Array, secrets: Secrets, isLogin: boolean): void {
  const text = decodeText(bytes) ?? '';
  const json = parseExactJson(text);
  if (json !== undefined) {
    addFieldSecrets(json, secrets, isLogin);
    return;
  }
  addTextSecrets(text, secrets, isLogin);
  if (isLogin) secrets.add(text);
}

/** Returns a body without its secrets. */
export function redactBody(bytes: Uint8Array, rules: BodyRules): RecordedBody {
  if (bytes.length === 0) return {};
  const text = decodeText(bytes);
  if (text === undefined) return { bodyBase64: redactBytes(bytes, rules.secrets) };
  const json = parseExactJson(text);
  if (json !== undefined) return { body: redactFields(json, rules) };
  return { bodyText: rules.isLogin ? REDACTED : rules.redactText(text) };
}

/** Replaces secrets in a recorded body that were not known when it was recorded. */
export function redactRecordedBody(
  { body, bodyText, bodyBase64 }: RecordedBody,
  secrets: Secrets,
  redactText: BodyRules['redactText'],
): RecordedBody {
  return {
    ...(body !== undefined && { body: redactFields(body, { secrets, redactText, isLogin: false }) }),
    ...(bodyText !== undefined && { bodyText: redactText(bodyText) }),
    ...(bodyBase64 !== undefined && { bodyBase64: redactBytes(toBytes({ bodyBase64 }), secrets) }),
  };
}

/** Returns bytes as base64. Returns an empty text if they contain a secret in Latin-1, UTF-8 or UTF-16. */
function redactBytes(bytes: Uint8Array, secrets: Secrets): string {
  const latin1 = toLatin1(bytes);
  const texts = ['utf-8', 'utf-16le'].map((encoding) => new TextDecoder(encoding).decode(bytes));
  return [latin1, latin1.replaceAll('\0', ''), ...texts].some((text) => secrets.isContainedIn(text))
    ? ''
    : btoa(latin1);
}

/** Makes all placeholders equal, so that requests with different secrets match. */
export const unifyPlaceholders = (text: string): string => text.replace(/redacted-\d+/g, REDACTED);

/** Returns the bytes of a recorded body. */
export function toBytes({ body, bodyText, bodyBase64 }: RecordedBody): Uint8Array<ArrayBuffer> {
  if (bodyBase64 !== undefined)
    return Uint8Array.from(atob(bodyBase64), (character) => character.charCodeAt(0));
  return new TextEncoder().encode(bodyText ?? (body === undefined ? '' : `${JSON.stringify(body)}\n`));
}
