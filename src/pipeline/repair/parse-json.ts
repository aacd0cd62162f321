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

/**
 * Parses JSON that may contain the bare words `NaN` and `Infinity`, integers beyond 2^53 and any depth.
 *
 * @returns `undefined` if the text is not JSON even so.
 */
export function parseInexactJson(text: string, maxDepth: number): ParsedJson | undefined {
  const nonce = `${Math.random()} `; // no stored string can contain it
  const parts: InexactPart[] = [];
  const addPlaceholder = (part: InexactPart) => `"${nonce}${parts.push(part) - 1}"`;
  const placeholders = new RegExp(`"${nonce.replace('.', '\\.')}(\\d+)"`, 'g');
  const stringify = (value: unknown) => JSON.stringify(value) ?? '';
  try {
    return {
      body: JSON.parse(replaceInexactParts(text, maxDepth, addPlaceholder)),
      findRule: (value) => {
        const [[, index] = []] = stringify(value).matchAll(placeholders);
        return index === undefined ? undefined : parts[Number(index)]?.rule;
      },
      stringify: (value) =>
        stringify(value).replace(placeholders, (_, index) => parts[Number(index)]?.text ?? ''),
    };
  } catch {
    return undefined;
  }
}

/** The tokens that matter: the start of a string, brackets, numbers and the bare words. */
const TOKEN = /"|[[\]{}]|NaN|-?Infinity|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** Replaces each inexact part outside of strings and keys. Leaves all checks of the syntax to `JSON.parse`. */
function replaceInexactParts(
  text: string,
  maxDepth: number,
  toPlaceholder: (part: InexactPart) => string,
): string {
  const token = new RegExp(TOKEN);
  const output: string[] = [];
  let copiedUpTo = 0;
  let depth = 0;
  let deepStart = 0;
  const replace = (start: number, rule: string) => {
    const end = token.lastIndex;
    if (/^\s*:/.test(text.slice(end, end + 10))) return; // a key must be a string
    output.push(text.slice(copiedUpTo, start), toPlaceholder({ text: text.slice(start, end), rule }));
    copiedUpTo = end;
  };
  for (let match = token.exec(text); match; match = token.exec(text)) {
    const [word] = match;
    if (word === '"') token.lastIndex = findStringEnd(text, match.index);
    else if (word === '[' || word === '{') {
      if (++depth === maxDepth + 1) deepStart = match.index;
    } else if (word === ']' || word === '}') {
      if (--depth === maxDepth) replace(deepStart, `must not be nested deeper than ${maxDepth} levels`);
    } else if (depth <= maxDepth) {
      const rule = findNumberRule(word);
      if (rule) replace(match.index, rule);
    }
  }
  output.push(text.slice(copiedUpTo));
  return output.join('');
}

/** Returns the index after a string that starts at `start`. */
function findStringEnd(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let backslashes = 0;
    while (text[quote - 1 - backslashes] === '\\') backslashes++;
    if (backslashes % 2 === 0) return quote + 1;
  }
  return text.length;
}

/** Returns the rule that a number or bare word violates. Numbers with a fraction or an exponent may be rounded. */
function findNumberRule(word: string): string | undefined {
  const value = Number(word);
  if (!Number.isFinite(value)) return 'must be a finite number';
  if (Number.isSafeInteger(value) || !/^-?\d+$/.test(word)) return undefined;
  return `must be an integer from -(2^53 - 1) to 2^53 - 1`;
}
