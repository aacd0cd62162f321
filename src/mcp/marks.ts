/** How much of a stored value a model does not see: entries of a list or map, or UTF-16 units of a text. */
export interface Missing {
  /** Before the shown part. */
  readonly earlier: number;
  /** After the shown part. */
  readonly more: number;
}

/** The key of the mark in a map. */
export const MARK_KEY = '…';

/** Puts the marks into a list: `… 100 earlier` at the start, `… 50 more` at the end. */
export const markList = (shown: readonly unknown[], { earlier, more }: Missing): unknown[] => [
  ...(earlier > 0 ? [`… ${earlier} earlier`] : []),
  ...shown,
  ...(more > 0 ? [`… ${more} more`] : []),
];

/** Puts the mark into a map: `"…": "50 more"`, or `"…": "100 earlier, 50 more"`. */
export function markMap(shown: ReadonlyMap<string, unknown>, { earlier, more }: Missing): object {
  const counts = [...(earlier > 0 ? [`${earlier} earlier`] : []), ...(more > 0 ? [`${more} more`] : [])];
  return Object.fromEntries([...shown, ...(counts.length > 0 ? [[MARK_KEY, counts.join(', ')]] : [])]);
}

/** Puts the marks into a text: `… 100 earlier characters …` at the start, `… 50 more characters` at the end. */
export const markText = (shown: string, { earlier, more }: Missing): string =>
  (earlier > 0 ? `… ${earlier} earlier characters …` : '') +
  shown +
  (more > 0 ? `… ${more} more characters` : '');

/** Parses a mark of a list. */
export const parseListMark = (value: unknown): Missing | undefined =>
  parseCounts(/^… (?:(\d+) earlier|(\d+) more)$/, value);

/** Parses the value of the mark in a map. */
export const parseMapMark = (value: unknown): Missing | undefined =>
  parseCounts(/^(?=\d)(?:(\d+) earlier)?(?:(?:^|, )(\d+) more)?$/, value);

function parseCounts(pattern: RegExp, value: unknown): Missing | undefined {
  const [, earlier = 0, more = 0] = (typeof value === 'string' && pattern.exec(value)) || [];
  return earlier || more ? { earlier: Number(earlier), more: Number(more) } : undefined;
}

/** A text with marks. */
export interface MarkedText extends Missing {
  /** The text before the mark of an earlier part. */
  readonly before: string;
  readonly shown: string;
  /** The text after the mark of a later part. */
  readonly after: string;
}

/** Splits a text at its marks. `undefined` if it has none. */
export function splitMarkedText(text: string): MarkedText | undefined {
  const first = /… (\d+) earlier characters …/.exec(text);
  const last = /… (\d+) more characters(?!.*… \d+ more characters)/s.exec(text);
  if (!first && !last) return undefined;
  const start = first ? first.index + first[0].length : 0;
  const end = last?.index ?? text.length;
  return {
    before: text.slice(0, first?.index ?? 0),
    earlier: Number(first?.[1] ?? 0),
    shown: text.slice(start, end),
    more: Number(last?.[1] ?? 0),
    after: last ? text.slice(end + last[0].length) : '',
  };
}
