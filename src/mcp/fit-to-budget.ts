import { cut, visible } from './sanitize-text.js';

/** How much of a value is told. */
interface Limits {
  /** Characters of one text. */
  readonly text: number;
  /** Items of one list, entries of one map. */
  readonly items: number;
  readonly depth: number;
}

/** From generous to spare: the first with which the whole fits is taken. */
const LIMITS: readonly Limits[] = [
  { text: 2_000, items: 100, depth: 6 },
  { text: 400, items: 40, depth: 5 },
  { text: 100, items: 10, depth: 4 },
  { text: 30, items: 5, depth: 3 },
];

/** A stored value as it may be told, and whether something of it was left out. */
export interface Shortened<Value> {
  readonly value: Value;
  readonly cut: boolean;
}

/**
 * A stored value made fit to be read by a model: no invisible characters, no nulls, none of the row's own keys,
 * and at most so many bytes of JSON.
 *
 * @param bytes upper bound of the JSON's length. @default 20_000
 */
export function shortened<Value>(value: Value, bytes = 20_000): Shortened<Value> {
  for (const limits of LIMITS) {
    const state = { cut: false };
    const told = tell(value, limits, 0, state);
    if (size(told) <= bytes) return { value: told as Value, cut: state.cut };
  }
  return { value: {} as Value, cut: true };
}

export const size = (value: unknown): number => new TextEncoder().encode(JSON.stringify(value)).length;

function tell(value: unknown, limits: Limits, depth: number, state: { cut: boolean }): unknown {
  if (typeof value === 'string') {
    const shown = cut(visible(value), limits.text);
    state.cut ||= shown.endsWith('…') && !value.endsWith('…');
    return shown;
  }
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= limits.depth) {
    state.cut = true;
    return '…';
  }
  const all: readonly unknown[] = Array.isArray(value) ? value : Object.entries(value).filter(isTold);
  const some = all.slice(0, limits.items);
  state.cut ||= some.length < all.length;
  if (Array.isArray(value)) return some.map((item) => tell(item, limits, depth + 1, state));
  return Object.fromEntries(
    (some as [string, unknown][]).map(([key, item]) => [
      cut(visible(key), 100),
      tell(item, limits, depth + 1, state),
    ]),
  );
}

/** What was never set says nothing; the keys of the row are the persona's (wire contract). */
const isTold = ([key, value]: [string, unknown]): boolean =>
  value !== null && value !== undefined && key !== 'persona_id';
