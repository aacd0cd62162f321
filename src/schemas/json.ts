import { rule } from './rules.js';

/** What JSON can carry. */
export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };

const MAX_DEPTH = 64;
const MAX_ISSUES = 20;

/** An object of fields, of whatever realm; not a list, and no instance of a class. */
export function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Everything in the value can be sent as JSON and will arrive as it is: no functions, dates, NaN, cycles. */
export const jsonSafe = rule(function* (value: unknown) {
  let found = 0;
  for (const { path, what } of unsafe(value, [], new Set())) {
    if (++found > MAX_ISSUES) return;
    yield [path, `cannot be sent as JSON: ${what}`];
  }
});

function* unsafe(
  value: unknown,
  path: (string | number)[],
  above: ReadonlySet<unknown>,
): Generator<{ path: (string | number)[]; what: string }> {
  if (above.has(value)) yield { path, what: 'a cycle' };
  else if (path.length > MAX_DEPTH) yield { path, what: `nested deeper than ${MAX_DEPTH} levels` };
  else if (typeof value === 'number' && !Number.isFinite(value)) yield { path, what: String(value) };
  else if (Array.isArray(value)) {
    for (const [index, item] of value.entries())
      if (item === undefined) yield { path: [...path, index], what: 'undefined in a list' };
      else yield* unsafe(item, [...path, index], new Set(above).add(value));
  } else if (typeof value === 'object' && value !== null) {
    if (!isPlain(value))
      yield {
        path,
        what: `a ${value.constructor?.name ?? 'class'} instance; convert it to plain data first`,
      };
    else
      for (const [key, item] of Object.entries(value))
        yield* unsafe(item, [...path, key], new Set(above).add(value));
  } else if (typeof value === 'function' || typeof value === 'symbol' || typeof value === 'bigint')
    yield { path, what: `a ${typeof value}` };
}
