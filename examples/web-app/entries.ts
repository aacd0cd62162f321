import { diffLines } from './line-diff.js';

/** Returns the texts that a form shows for a value: one for each entry of a list or map, and one for any other value. */
export function renderEntries(value: unknown): string[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value.map(renderText);
  if (typeof value === 'object')
    return Object.entries(value).map(([key, entry]) => `${toSubmittedText(key)}: ${renderText(entry)}`);
  return [renderText(String(value))];
}

const renderText = (value: unknown): string =>
  toSubmittedText(typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));

/**
 * Returns a text as a browser submits it from a form: HTML has no NUL, no carriage return and no half of a surrogate pair.
 * Two texts are equal for the user if the results are equal.
 */
export const toSubmittedText = (text: string): string =>
  text
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll('\0', '\ufffd')
    .replaceAll(/\p{Cs}/gu, '\ufffd');

/** Reads a list from a text with one entry in each line. Entries that the user has not changed stay as they are stored. */
export function parseList(text: string, stored: unknown): unknown[] {
  const entries: unknown[] = Array.isArray(stored) ? stored : [];
  return diff(text, entries.map(renderText)).map((line) => {
    const old = line.entry === undefined ? undefined : entries[line.entry];
    return line.isKept ? old : parseAs(old, line.text.trim());
  });
}

/** Reads a map from a text with one `name: value` in each line. Entries that the user has not changed stay as they are stored. */
export function parseMap(text: string, stored: unknown, onIssue: (message: string) => void): object {
  const entries: [string, unknown][] = Object.entries(Object(stored) as object);
  const lines = diff(text, renderEntries(stored));
  const kept = new Set(lines.flatMap(({ entry, isKept }) => (isKept && entry !== undefined ? [entry] : [])));
  const changed = entries
    .filter((_, index) => !kept.has(index))
    .sort(([first], [second]) => second.length - first.length);
  const parsed = lines.map((line): [string, unknown] => {
    const old = line.entry === undefined ? undefined : entries[line.entry];
    if (line.isKept && old) return old;
    // Names and values can contain colons. So the stored names and values decide where to split the line.
    const sameKey = changed.find(([key]) => line.text.startsWith(`${toSubmittedText(key)}:`));
    if (sameKey) {
      const [key, value] = sameKey;
      return [key, parseAs(value, line.text.slice(toSubmittedText(key).length + 1).trim())];
    }
    const oldEnd = old && `: ${renderText(old[1])}`;
    if (oldEnd && line.text.endsWith(oldEnd)) return [line.text.slice(0, -oldEnd.length).trim(), old[1]];
    const [key = '', value] = splitOnce(line.text, line.text.includes(': ') ? ': ' : ':');
    if (value === undefined) onIssue('write one “name: value” in each line');
    return [key.trim(), parseAs(old?.[1], value?.trim() ?? '')];
  });
  return Object.fromEntries(parsed);
}

const diff = (text: string, texts: readonly string[]) =>
  diffLines(
    text,
    texts.map((entry) => entry.split('\n')),
  );

function splitOnce(text: string, separator: string): string[] {
  const index = text.indexOf(separator);
  return index === -1 ? [text] : [text.slice(0, index), text.slice(index + separator.length)];
}

/** Reads a number. Returns `undefined` for any other text. */
export function parseNumber(text: string): number | undefined {
  const number = Number(text);
  return text.trim() !== '' && Number.isFinite(number) ? number : undefined;
}

/** Reads a text as the type of the value that it replaces, if it has that type: a number stays a number. */
function parseAs(old: unknown, text: string): unknown {
  if (typeof old === 'number') return parseNumber(text) ?? text;
  if (old === undefined || typeof old === 'string') return text;
  if (text === renderText(old)) return old;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === typeof old && Array.isArray(value) === Array.isArray(old) ? value : text;
  } catch {
    return text;
  }
}
