/**
 * A JSON value as Python reads it: integers are `bigint`, all other numbers are `number`.
 *
 * Real services treat `5` and `5.0` differently, and keep all digits of an integer.
 */
export type JsonValue = null | boolean | bigint | number | string | readonly JsonValue[] | JsonObject;

export type JsonObject = { readonly [name: string]: JsonValue };

/** Real services fail with 500 if a body is nested deeper than about the recursion limit of Python, which is 1,000. */
const MAX_NESTING = 950;

/** Python rejects longer integers. */
export const MAX_INTEGER_DIGITS = 4300;

const WHITESPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const WORDS = new Map<string, JsonValue>([
  ['null', null],
  ['true', true],
  ['false', false],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
]);

/**
 * Parses JSON as the services do. Unlike `JSON.parse`, it accepts `NaN` and `Infinity`, and keeps all digits of an integer.
 *
 * @throws {SyntaxError} if the text is not JSON.
 * @throws {RangeError} if it is nested too deeply.
 */
export function parsePythonJson(text: string): JsonValue {
  let position = 0;
  let depth = 0;

  function fail(): never {
    throw new SyntaxError(`Unexpected text at position ${position} of the JSON`);
  }

  function match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = position;
    const found = pattern.exec(text);
    if (found !== null) position = pattern.lastIndex;
    return found;
  }

  /** Moves past a character and the whitespace around it, if it is the next one. */
  function skip(character: string): boolean {
    match(WHITESPACE);
    if (text[position] !== character) return false;
    position += 1;
    match(WHITESPACE);
    return true;
  }

  function parseString(): string {
    let end = position;
    do {
      end = text.indexOf('"', end + 1);
      if (end === -1) fail();
    } while (isEscaped(text, end));
    const start = position;
    position = end + 1;
    return JSON.parse(text.slice(start, position)) as string;
  }

  function parseArray(): readonly JsonValue[] {
    const items: JsonValue[] = [];
    if (skip(']')) return items;
    do items.push(parseValue());
    while (skip(','));
    return skip(']') ? items : fail();
  }

  function parseObject(): JsonObject {
    const entries = new Map<string, JsonValue>();
    if (skip('}')) return {};
    do {
      if (text[position] !== '"') fail();
      const name = parseString();
      if (!skip(':')) fail();
      entries.set(name, parseValue());
    } while (skip(','));
    return skip('}') ? Object.fromEntries(entries) : fail();
  }

  function parseNested<T>(parse: () => T): T {
    depth += 1;
    if (depth > MAX_NESTING) throw new RangeError('maximum recursion depth exceeded while decoding JSON');
    const value = parse();
    depth -= 1;
    return value;
  }

  function parseValue(): JsonValue {
    if (skip('[')) return parseNested(parseArray);
    if (skip('{')) return parseNested(parseObject);
    if (text[position] === '"') return parseString();
    for (const [word, value] of WORDS) {
      if (text.startsWith(word, position)) {
        position += word.length;
        return value;
      }
    }
    const [digits = '', fraction, exponent] = match(NUMBER) ?? fail();
    if (fraction !== undefined || exponent !== undefined) return Number(digits);
    return digits.length > MAX_INTEGER_DIGITS ? fail() : BigInt(digits);
  }

  match(WHITESPACE);
  const value = parseValue();
  match(WHITESPACE);
  return position === text.length ? value : fail();
}

/** Returns whether an odd number of backslashes precedes the position. */
function isEscaped(text: string, position: number): boolean {
  let start = position;
  while (text[start - 1] === '\\') start -= 1;
  return (position - start) % 2 === 1;
}

/**
 * Converts a parsed value to what stores keep: integers become numbers, except those beyond 2^53.
 *
 * @example toStored({ n: 5n, big: 12345678901234567890n }) // { n: 5, big: 12345678901234567890n }
 */
export function toStored(value: JsonValue): unknown {
  if (typeof value === 'bigint') {
    const rounded = Number(value);
    return Number.isSafeInteger(rounded) ? rounded : value;
  }
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(toStored);
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, toStored(item)]));
}
