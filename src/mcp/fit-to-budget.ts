import { MARK_KEY, markList, markMap, markText } from './marks.js';
import { stripInvisible, takeStart, truncate } from './sanitize-text.js';

/** What a model sees of a stored value. */
export interface View {
  /** The value without invisible characters. Where it is shortened, a mark says how much is missing. */
  readonly shown: unknown;
  /** Whether nothing is missing. */
  readonly isComplete: boolean;
  /** The entries of a list or map that are shown, by index or stored key. The mark stands for the others. */
  readonly entries: ReadonlyMap<string | number, View>;
  /** Size of `shown` as unescaped JSON. */
  readonly bytes: number;
}

export interface Limits {
  readonly maxBytes: number;
  /** Entries per list and map. @default no limit */
  readonly maxEntries?: number;
  /** UTF-16 units per text. @default no limit */
  readonly maxTextLength?: number;
}

const MAX_SHOWN_DEPTH = 6;
const MAX_KEY_LENGTH = 100;
const NO_ENTRIES: View['entries'] = new Map();

/** The key of a map as a model sees it. */
export const toShownKey = (key: string): string => truncate(stripInvisible(key), MAX_KEY_LENGTH);

/**
 * Prepares a stored value for a model: removes invisible characters, and shortens what is too large. A shortened value
 * ends with a mark for the rest: `… 50 more` in a list, `"…": "50 more"` in a map, `… 900 more characters` in a text.
 */
export function fitToBudget(value: unknown, limits: Limits, depth = 0): View {
  if (typeof value === 'string') return fitText(stripInvisible(value), limits);
  if (typeof value === 'object' && value !== null) return fitEntries(value, limits, depth);
  return { shown: value, isComplete: true, entries: NO_ENTRIES, bytes: jsonBytes(value) };
}

export const jsonBytes = (value: unknown): number =>
  new TextEncoder().encode(JSON.stringify(value) ?? '').length;

function fitText(text: string, { maxBytes, maxTextLength = Number.POSITIVE_INFINITY }: Limits): View {
  let start = takeStart(text, Math.min(maxTextLength, maxBytes));
  for (let bytes = jsonBytes(start); bytes > maxBytes && start !== ''; bytes = jsonBytes(start))
    start = takeStart(start, Math.floor((start.length * maxBytes) / bytes) - 1);
  const isComplete = start.length === text.length;
  const shown = markText(start, { earlier: 0, more: text.length - start.length });
  return { shown, isComplete, entries: NO_ENTRIES, bytes: jsonBytes(shown) };
}

/** Shows as many of the first entries as fit. Shortens the first one if it alone is too large. */
function fitEntries(value: object, limits: Limits, depth: number): View {
  const isList = Array.isArray(value);
  const total = isList ? value.length : Object.keys(value).length;
  const maxEntries = depth < MAX_SHOWN_DEPTH ? (limits.maxEntries ?? total) : 0;
  const entries = new Map<string | number, View>();
  let bytes = 2;
  let isComplete = true;
  for (const [key, shownKey, entry] of isList ? listEntries(value) : mapEntries(value)) {
    const left = limits.maxBytes - bytes - (shownKey === '' ? 1 : jsonBytes(shownKey) + 2);
    if (entries.size >= maxEntries || left <= 0) break;
    const view = fitToBudget(entry, entries.size === 0 ? { ...limits, maxBytes: left } : limits, depth + 1);
    if (view.bytes > left && entries.size > 0) break;
    entries.set(key, view);
    bytes = limits.maxBytes - left + view.bytes;
    isComplete &&= view.isComplete;
  }
  const shown = showEntries(entries, total, isList);
  return { shown, isComplete: isComplete && entries.size === total, entries, bytes: jsonBytes(shown) };
}

type ContainerEntry = [key: string | number, shownKey: string, value: unknown];

function* listEntries(list: readonly unknown[]): Generator<ContainerEntry> {
  for (const [index, entry] of list.entries()) yield [index, '', entry];
}

/** Omits keys that look the same as an earlier key, or as the mark. */
function* mapEntries(map: object): Generator<ContainerEntry> {
  const shownKeys = new Set([MARK_KEY]);
  for (const [key, entry] of Object.entries(map)) {
    const shownKey = toShownKey(key);
    if (shownKeys.has(shownKey)) continue;
    shownKeys.add(shownKey);
    yield [key, shownKey, entry];
  }
}

/** Creates the list or map that a model sees, with marks for the missing entries. */
export function showEntries(entries: View['entries'], total: number, isList: boolean, earlier = 0): unknown {
  const missing = { earlier, more: total - earlier - entries.size };
  const shown = [...entries].map(([key, view]) => [toShownKey(String(key)), view.shown] as const);
  if (isList)
    return markList(
      shown.map(([, entry]) => entry),
      missing,
    );
  return markMap(new Map(shown), missing);
}
