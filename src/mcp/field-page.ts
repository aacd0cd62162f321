import { isPlainObject } from '../schemas/plain-data.js';
import { fitToBudget, parseTextMark, toShownKey } from './fit-to-budget.js';
import { MAX_PERSONA_BYTES, type SectionData } from './persona-view.js';
import { stripInvisible, takeStart } from './sanitize-text.js';

const LIMITS = { maxBytes: MAX_PERSONA_BYTES };

/** A part of one value, for a model that saw it shortened. */
export interface FieldPage {
  readonly shown: unknown;
  /** The offset of the next part. `undefined` after the last one. */
  readonly nextOffset: number | undefined;
}

/**
 * Shows a value from an offset: an entry of a list or map, or a UTF-16 unit of a text.
 *
 * @param path the field, or a path into it such as `interests.3`.
 * @returns `undefined` if nothing is stored there.
 */
export function viewFieldPage(fields: SectionData, path: string, offset: number): FieldPage | undefined {
  const value = findValue(fields, path);
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return viewText(stripInvisible(value), offset);
  if (Array.isArray(value)) {
    const { shown, entries } = fitToBudget(value.slice(offset), LIMITS);
    return { shown, nextOffset: nextOffset(offset + entries.size, value.length) };
  }
  if (!isPlainObject(value)) return { shown: value, nextOffset: undefined };
  const { shown, entries } = fitToBudget(Object.fromEntries(Object.entries(value).slice(offset)), LIMITS);
  return { shown, nextOffset: nextOffset(offset + entries.size, Object.keys(value).length) };
}

const nextOffset = (end: number, total: number): number | undefined => (end < total ? end : undefined);

function viewText(text: string, offset: number): FieldPage {
  const start = takeStart(text, offset).length;
  const { shown, isComplete } = fitToBudget(text.slice(start), LIMITS);
  const length = isComplete ? text.length : (parseTextMark(String(shown))?.start.length ?? 0);
  return { shown, nextOffset: nextOffset(start + length, text.length) };
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
