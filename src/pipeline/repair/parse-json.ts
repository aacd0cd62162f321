/** A part of a JSON text that no JavaScript value represents exactly. */
interface InexactPart {
  readonly text: string;
  /** The rule that the part violates. */
  readonly rule: string;
}

/** A parsed JSON text. A placeholder stands for each part that no JavaScript value represents exactly. */
export interface ParsedJson {
  readonly body: unknown;
  /** Returns the rule that the first placeholder in a value violates, or `undefined` if the value is exact. */
  findRule(value: unknown): string | undefined;
  /** Returns the JSON text of a value, with the original text of each placeholder. */
  stringify(value: unknown): string;
}

/** Wraps a body that `JSON.parse` represents exactly. */
export const asExactJson = (body: unknown): ParsedJson => ({
  body,
  findRule: () => undefined,
  stringify: (value) => JSON.stringify(value) ?? '',
});

/** 1,000 personas have fewer inexact parts. Replacing more of them would block the process. */
export const MAX_INEXACT_PARTS = 50_000;

/**
 * Parses JSON of any depth that may contain the bare words `NaN` and `Infinity`, and integers beyond 2^53.
 *
 * @returns `undefined` if the text is not JSON even with these extensions, and `'tooInexact'` if it has too many inexact parts.
 */
export function parseInexactJson(text: string, maxDepth: number): ParsedJson | 'tooInexact' | undefined {
  const nonce = `${Math.random()} `; // no stored string can contain it
  const parts: InexactPart[] = [];
  const placeholders = new RegExp(`"${nonce.replace('.', '\\.')}(\\d+)"`, 'g');
  const output: string[] = [];
  let copiedUpTo = 0;
  for (const { start, end, rule } of findInexactParts(text, maxDepth)) {
    if (/^\s*:/.test(text.slice(end, end + 10))) return undefined; // a key must be a string
    if (parts.length === MAX_INEXACT_PARTS) return 'tooInexact';
    output.push(text.slice(copiedUpTo, start), `"${nonce}${parts.length}"`);
    parts.push({ text: text.slice(start, end), rule });
    copiedUpTo = end;
  }
  const findRule = (value: unknown): string | undefined => {
    if (typeof value === 'string')
      return value.startsWith(nonce) ? parts[Number(value.slice(nonce.length))]?.rule : undefined;
    if (typeof value !== 'object' || value === null) return undefined;
    for (const inner of Array.isArray(value) ? value : Object.values(value)) {
      const rule = findRule(inner);
      if (rule) return rule;
    }
    return undefined;
  };
  try {
    return {
      body: JSON.parse(output.join('') + text.slice(copiedUpTo)),
      findRule,
      stringify: (value) =>
        (JSON.stringify(value) ?? '').replace(placeholders, (_, index) => parts[Number(index)]?.text ?? ''),
    };
  } catch {
    return undefined;
  }
}

/**
 * Finds each inexact part outside of strings. Leaves all checks of the syntax to `JSON.parse`.
 *
 * Reads the text character by character: a search for each token with a pattern takes ten times as long.
 */
function* findInexactParts(
  text: string,
  maxDepth: number,
): Generator<{ readonly start: number; readonly end: number; readonly rule: string }> {
  let depth = 0;
  let deepStart = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === QUOTE) index = findStringEnd(text, index) - 1;
    else if (code === OPEN_BRACKET || code === OPEN_BRACE) {
      if (++depth === maxDepth + 1) deepStart = index;
    } else if (code === CLOSE_BRACKET || code === CLOSE_BRACE) {
      if (--depth === maxDepth)
        yield { start: deepStart, end: index + 1, rule: `must not be nested deeper than ${maxDepth} levels` };
    } else if (
      depth <= maxDepth &&
      (isDigit(code) || code === MINUS || code === UPPER_N || code === UPPER_I)
    ) {
      const start = index;
      let isShortInteger = code < UPPER_I;
      for (let next = text.charCodeAt(++index); isDigit(next) || isWordCharacter(next); ) {
        isShortInteger &&= isDigit(next) && index - start < 15;
        next = text.charCodeAt(++index);
      }
      const rule = isShortInteger ? undefined : findNumberRule(text.slice(start, index));
      if (rule) yield { start, end: index, rule };
      index--;
    }
  }
}

const [QUOTE, MINUS, UPPER_I, UPPER_N] = [0x22, 0x2d, 0x49, 0x4e];
const [OPEN_BRACKET, CLOSE_BRACKET, OPEN_BRACE, CLOSE_BRACE] = [0x5b, 0x5d, 0x7b, 0x7d];

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;

/** Whether a number or a bare word may contain the character: a letter, `+`, `-` or `.`. */
const isWordCharacter = (code: number): boolean =>
  (code >= 0x61 && code <= 0x7a) ||
  (code >= 0x41 && code <= 0x5a) ||
  code === MINUS ||
  code === 0x2b ||
  code === 0x2e;

/** Returns the index after a string that starts at `start`. */
function findStringEnd(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let backslashes = 0;
    while (text[quote - 1 - backslashes] === '\\') backslashes++;
    if (backslashes % 2 === 0) return quote + 1;
  }
  return text.length;
}

const NUMBER = /^(?:NaN|-?Infinity|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)$/;

/** Returns the rule that a number or bare word violates. Numbers with a fraction or an exponent may be rounded. */
function findNumberRule(word: string): string | undefined {
  if (!NUMBER.test(word)) return undefined;
  const value = Number(word);
  if (!Number.isFinite(value)) return 'must be a finite number';
  if (Number.isSafeInteger(value) || !/^-?\d+$/.test(word)) return undefined;
  return `must be an integer from -(2^53 - 1) to 2^53 - 1`;
}
