import { isPlainObject } from '../schemas/plain-data.js';
import { fitToBudget, jsonBytes, showEntries, toShownKey, type View } from './fit-to-budget.js';
import { markText, splitMarkedText } from './marks.js';
import { MAX_PERSONA_BYTES, type SectionData } from './persona-view.js';
import { stripInvisible, takeStart } from './sanitize-text.js';

const LIMITS = { maxBytes: MAX_PERSONA_BYTES };

/** A part of one value, for a model that saw it shortened. */
export interface FieldPage {
  readonly view: View;
  /** The offset of the next part. `undefined` after the last one. */
  readonly nextOffset: number | undefined;
}

/**
 * Shows a value from an offset: an entry of a list or map, or a UTF-16 unit of a text. Marks say how much is missing
 * before and after.
 *
 * @param path the field, or a path into it such as `interests.3`.
 * @returns `undefined` if nothing is stored there.
 */
export function viewFieldPage(fields: SectionData, path: string, offset: number): FieldPage | undefined {
  const value = findValue(fields, path);
  return value === undefined || value === null ? undefined : viewPage(value, offset);
}

/** Shows a value from an offset. */
export function viewPage(value: unknown, offset: number): FieldPage {
  if (typeof value === 'string') return viewText(stripInvisible(value), offset);
  if (Array.isArray(value)) return viewEntries([...value.entries()], offset, true);
  if (isPlainObject(value)) return viewEntries(Object.entries(value), offset, false);
  return { view: fitToBudget(value, LIMITS), nextOffset: undefined };
}

function viewEntries(all: [string | number, unknown][], offset: number, isList: boolean): FieldPage {
  const start = Math.min(offset, all.length);
  const part = all.slice(start);
  const page = fitToBudget(isList ? part.map(([, entry]) => entry) : Object.fromEntries(part), LIMITS);
  const entries = isList
    ? new Map([...page.entries].map(([index, view]) => [Number(index) + start, view]))
    : page.entries;
  const shown = showEntries(entries, all.length, isList, start);
  const view = { shown, entries, isComplete: page.isComplete && start === 0, bytes: jsonBytes(shown) };
  return { view, nextOffset: nextOffset(start + entries.size, all.length) };
}

const nextOffset = (end: number, total: number): number | undefined => (end < total ? end : undefined);

function viewText(text: string, offset: number): FieldPage {
  const start = takeStart(text, offset).length;
  const page = fitToBudget(text.slice(start), LIMITS);
  const more = page.isComplete ? 0 : (splitMarkedText(String(page.shown))?.more ?? 0);
  const end = text.length - more;
  const shown = markText(text.slice(start, end), { earlier: start, more });
  const view = { ...page, shown, isComplete: page.isComplete && start === 0, bytes: jsonBytes(shown) };
  return { view, nextOffset: nextOffset(end, text.length) };
}

/** Finds a value by its key, or by a path of keys and indexes with dots. Keys may contain dots. */
function findValue(container: unknown, path: string): unknown {
  const entries: [string, unknown][] = Array.isArray(container)
    ? container.map((entry, index) => [String(index), entry])
    : isPlainObject(container)
      ? Object.entries(container)
      : [];
  for (const [key, value] of entries) {
    const shownKey = toShownKey(key);
    if (shownKey === path || key === path) return value;
    const found = path.startsWith(`${shownKey}.`)
      ? findValue(value, path.slice(shownKey.length + 1))
      : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}
