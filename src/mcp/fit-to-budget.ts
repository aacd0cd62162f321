import { stripInvisible, truncate } from './sanitize-text.js';

interface Limits {
  /** Characters per text. */
  readonly textLength: number;
  /** Items per list, and entries per map. */
  readonly items: number;
  readonly depth: number;
}

/** Tried in this order until the result fits. */
const LIMITS: readonly Limits[] = [
  { textLength: 2_000, items: 100, depth: 6 },
  { textLength: 400, items: 40, depth: 5 },
  { textLength: 100, items: 10, depth: 4 },
  { textLength: 30, items: 5, depth: 3 },
];

interface FittedValue<Value> {
  readonly value: Value;
  readonly isTruncated: boolean;
}

/**
 * Prepares a stored value for a model: removes invisible characters and null properties, and limits the size. The
 * result is `{}` if even the strictest limits do not suffice.
 *
 * @param maxBytes Maximum size of the unescaped JSON, in bytes. @default 20_000
 */
export function fitToBudget<Value>(value: Value, maxBytes = 20_000): FittedValue<Value> {
  for (const limits of LIMITS) {
    const state = { isTruncated: false };
    const fitted = applyLimits(value, limits, 0, state);
    if (jsonBytes(fitted) <= maxBytes) return { value: fitted as Value, isTruncated: state.isTruncated };
  }
  return { value: {} as Value, isTruncated: true };
}

const jsonBytes = (value: unknown): number => new TextEncoder().encode(JSON.stringify(value)).length;

function applyLimits(
  value: unknown,
  limits: Limits,
  depth: number,
  state: { isTruncated: boolean },
): unknown {
  if (typeof value === 'string') {
    const text = truncate(stripInvisible(value), limits.textLength);
    state.isTruncated ||= text.endsWith('…') && !value.endsWith('…');
    return text;
  }
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= limits.depth) {
    state.isTruncated = true;
    return '…';
  }
  const entries: readonly unknown[] = Array.isArray(value) ? value : Object.entries(value).filter(isIncluded);
  const includedEntries = entries.slice(0, limits.items);
  state.isTruncated ||= includedEntries.length < entries.length;
  if (Array.isArray(value)) return includedEntries.map((item) => applyLimits(item, limits, depth + 1, state));
  return Object.fromEntries(
    (includedEntries as [string, unknown][]).map(([key, item]) => [
      truncate(stripInvisible(key), 100),
      applyLimits(item, limits, depth + 1, state),
    ]),
  );
}

const isIncluded = ([, value]: [string, unknown]): boolean => value !== null && value !== undefined;
