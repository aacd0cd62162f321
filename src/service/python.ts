/** Rules of Python, in which deployed services are written. */
import { type JsonObject, type JsonValue, MAX_INTEGER_DIGITS } from './json/parse.js';

export const isDict = (value: JsonValue | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether a value is false in Python: `null`, `false`, zero, and an empty text, list or dict. */
export function isFalsy(value: JsonValue): boolean {
  if (typeof value === 'number') return value === 0; // NaN is true
  if (typeof value !== 'object' || value === null) return !value;
  return Object.keys(value).length === 0;
}

/** Returns the name of a value's type in Python. */
export function getTypeName(value: JsonValue): string {
  if (value === null) return 'NoneType';
  if (Array.isArray(value)) return 'list';
  const names = { boolean: 'bool', bigint: 'int', number: 'float', string: 'str', object: 'dict' };
  return names[typeof value as keyof typeof names];
}

/**
 * Evaluates `name in container`. In a string, it finds the name as a part of the text.
 *
 * @throws {TypeError} if the value is not a container.
 */
export function contains(container: JsonValue, name: string): boolean {
  if (typeof container === 'string' || Array.isArray(container)) return container.includes(name);
  if (isDict(container)) return Object.hasOwn(container, name);
  throw new TypeError(`argument of type '${getTypeName(container)}' is not iterable`);
}

/**
 * Evaluates `container[name]`, where `contains` returned `true`.
 *
 * @throws {TypeError} unless the container is a dict.
 */
export function getItem(container: JsonValue, name: string): JsonValue {
  if (isDict(container)) return container[name] ?? null;
  const problem =
    typeof container === 'string'
      ? "string indices must be integers, not 'str'"
      : 'list indices must be integers or slices, not str';
  throw new TypeError(problem);
}

/**
 * Requires an object on which real services call `get`.
 *
 * @throws {TypeError} if the value is not a dict.
 */
export function requireDict(value: JsonValue): JsonObject {
  if (isDict(value)) return value;
  throw new TypeError(`'${getTypeName(value)}' object has no attribute 'get'`);
}

/** What Python strips around a number. `trim` differs in U+0085 and U+FEFF. */
const WHITESPACE =
  '\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000';

const DIGIT = /\p{Nd}/u;
const INTEGER = /^[+-]?\d+(?:_\d+)*$/;
const FLOAT = /^[+-]?(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:[eE][+-]?\d+(?:_\d+)*)?$/;
const FLOAT_WORD = /^([+-]?)(?:(inf(?:inity)?)|nan)$/i;

/** Replaces the digits of all scripts with ASCII digits. Unicode has them in blocks of ten, zero first. */
export function toAsciiDigits(text: string): string {
  return text.replace(/\p{Nd}/gu, (digit) => {
    const code = digit.codePointAt(0) ?? 0;
    let zero = code;
    while (DIGIT.test(String.fromCodePoint(zero - 1))) zero -= 1;
    return String((code - zero) % 10);
  });
}

/** Strips whitespace from both ends, and replaces the digits of all scripts. */
function toNumberLiteral(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && WHITESPACE.includes(text.charAt(start))) start += 1;
  while (end > start && WHITESPACE.includes(text.charAt(end - 1))) end -= 1;
  return toAsciiDigits(text.slice(start, end));
}

/** Evaluates `int(text)`, for example of `' +3 '`, `1_0` or digits of another script. */
export function parseInteger(text: string): bigint | undefined {
  const literal = toNumberLiteral(text);
  if (!INTEGER.test(literal)) return undefined;
  const digits = literal.replace(/[+_-]/g, '');
  if (digits.length > MAX_INTEGER_DIGITS) return undefined;
  return literal.startsWith('-') ? -BigInt(digits) : BigInt(digits);
}

/** Evaluates `float(text)`, for example of `' 1.5 '`, `1e3`, `nan` or `-Infinity`. */
export function parseFloatText(text: string): number | undefined {
  const digits = toNumberLiteral(text);
  if (FLOAT.test(digits)) return Number(digits.replaceAll('_', ''));
  const word = FLOAT_WORD.exec(digits);
  if (word === null) return undefined;
  if (word[2] === undefined) return Number.NaN;
  return word[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}
