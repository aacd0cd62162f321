/** A number that a JavaScript number cannot hold exactly: an integer beyond 2^53, or too large. `JSON.stringify` writes its digits unchanged. */
export class InexactNumber {
  readonly #digits: string;

  constructor(digits: string) {
    this.#digits = digits;
  }

  /** A predicate, such as `is a number that is too large`. */
  get reason(): string {
    return Number.isFinite(Number(this.#digits))
      ? 'is an integer beyond 2^53, whose last digits would be lost. Write it as text'
      : 'is a number that is too large';
  }

  toJSON(): unknown {
    return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(this.#digits);
  }
}

/** Parses a number in decimal notation. */
export function parseExactNumber(digits: string): number | InexactNumber {
  const value = Number(digits);
  const isExact = Number.isFinite(value) && (Number.isSafeInteger(value) || !/^[+-]?\d+$/.test(digits));
  return isExact ? value : new InexactNumber(digits);
}

/** If JSON text does not match this pattern, all its numbers are exact. */
const LONG_NUMBER = /\d{16}|\de/i;

type Reviver = (key: string, value: unknown, context?: { readonly source?: string }) => unknown;

const keepDigits: Reviver = (_key, value, context) =>
  typeof value === 'number' ? parseExactNumber(context?.source ?? String(value)) : value;

/** The maximum nesting of a persona that the client sends. */
const MAX_LEVELS = 100;
/** Levels around a persona: a file can contain personas in a list, and the list in an object. */
const WRAPPER_LEVELS = 2;

/** JSON is nested too deeply. The message is a predicate, such as `is nested deeper than 100 levels in line 3`. */
export class NestingError extends Error {}

/**
 * Parses JSON like `JSON.parse`, but returns an {@link InexactNumber} for a number whose digits would be lost.
 *
 * @throws {NestingError} if the text is nested so deeply that recursive functions would overflow the stack.
 * @throws {SyntaxError} if the text is not JSON.
 */
export function parseExactJson(text: string): unknown {
  const position = findDeepPosition(text);
  if (position === undefined) return JSON.parse(text, LONG_NUMBER.test(text) ? keepDigits : undefined);
  const line = text.slice(0, position).split('\n').length;
  throw new NestingError(`is nested deeper than ${MAX_LEVELS} levels${line > 1 ? ` in line ${line}` : ''}`);
}

/** Returns the position of the first bracket that is nested too deeply. */
function findDeepPosition(text: string): number | undefined {
  let depth = 0;
  let isInString = false;
  for (let position = 0; position < text.length; position++) {
    const character = text[position];
    if (isInString && character === '\\') position++;
    else if (character === '"') isInString = !isInString;
    else if (isInString) continue;
    else if (character === ']' || character === '}') depth--;
    else if ((character === '[' || character === '{') && ++depth > MAX_LEVELS + WRAPPER_LEVELS)
      return position;
  }
  return undefined;
}

/** Describes the first inexact number in a value, as in `psychographic.account: is an integer beyond 2^53, …`. */
export function findInexactNumber(value: unknown, path: readonly string[] = []): string | undefined {
  if (value instanceof InexactNumber)
    return path.length > 0 ? `${path.join('.')}: ${value.reason}` : value.reason;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const description = findInexactNumber(inner, [...path, key]);
    if (description !== undefined) return description;
  }
  return undefined;
}
