/** The encoded form of a shorter secret could be an ordinary word. */
const MIN_ENCODED_LENGTH = 4;
/** Inside of a longer base64 text, a shorter secret could match by chance. */
const MIN_INNER_LENGTH = 8;
/** A longer secret is a long token or a whole page, and would make the patterns huge. */
const MAX_INNER_LENGTH = 200;
const MAX_CHARACTER_LENGTH = 1_000;
const MAX_ENCODED_LENGTH = 10_000;

const HTML_NAMES: Readonly<Record<string, string>> = {
  '&': 'amp',
  '<': 'lt',
  '>': 'gt',
  '"': 'quot',
  "'": 'apos',
};

const toHex = (code: number, length: number): string => code.toString(16).padStart(length, '0');

const escapePattern = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

/** Returns a pattern for a character, also encoded: `%2B` and `%252B`, `&#43;` and `&#x2b;`, `\+` and `\u002b`. */
function toCharacterPattern(character: string): string {
  if (/^[\w.-]$/.test(character)) return escapePattern(character); // never encoded
  const code = character.codePointAt(0) ?? 0;
  const units = [...Array(character.length).keys()].map((index) => character.charCodeAt(index));
  const bytes = [...new TextEncoder().encode(character)];
  const forms = [
    `\\\\{0,8}${escapePattern(character)}`,
    bytes.map((byte) => `%(?:25){0,3}${toHex(byte, 2)}`).join(''),
    `&(?:amp;)?#(?:0{0,6}${code}|x0{0,6}${toHex(code, 1)});`,
    units.map((unit) => `\\\\{1,8}u${toHex(unit, 4)}`).join(''),
  ];
  if (code < 0x100) forms.push(`\\\\{1,8}x${toHex(code, 2)}`);
  const name = HTML_NAMES[character];
  if (name !== undefined) forms.push(`&(?:amp;)?${name};`);
  if (character === ' ') forms.push('\\+');
  if (character === "'") forms.unshift("''"); // SQL
  if (character === '\n') forms.push('\\\\{1,8}n');
  if (character === '\r') forms.push('\\\\{1,8}r');
  if (character === '\t') forms.push('\\\\{1,8}t');
  return `(?:${forms.join('|')})`;
}

/** Returns a pattern of a secret that also matches where its characters are encoded for URLs, HTML, JSON or SQL. */
export const toPattern = (secret: string): string =>
  secret.length > MAX_CHARACTER_LENGTH
    ? escapePattern(secret)
    : Array.from(secret, toCharacterPattern).join('');

const toBase64 = (bytes: Uint8Array): string =>
  btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')).replace(/=+$/, '');

/** The forms in which a service may repeat a secret: as it is, and in base64, also inside of a longer encoded text. */
export function listForms(secret: string): Set<string> {
  const text = secret.replace(/\p{Surrogate}/gu, '\ufffd');
  const forms = new Set([secret, text]);
  if (secret.length < MIN_ENCODED_LENGTH) return forms;
  const bytes = new TextEncoder().encode(text.slice(0, MAX_ENCODED_LENGTH));
  const add = (base64: string) => forms.add(base64).add(base64.replaceAll('+', '-').replaceAll('/', '_'));
  add(toBase64(bytes));
  if (secret.length < MIN_INNER_LENGTH || secret.length > MAX_INNER_LENGTH) return forms;
  // Base64 encodes three bytes as four characters, so the form depends on the bytes before it. The slice omits their bits.
  for (const before of [0, 1, 2]) {
    const start = Math.ceil((before * 4) / 3);
    const end = Math.floor(((before + bytes.length) * 4) / 3);
    add(toBase64(new Uint8Array([...new Uint8Array(before), ...bytes])).slice(start, end));
  }
  return forms;
}
