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
export const jsonSafe = () =>
  rule((value: unknown) => {
    const issues: [path: PropertyKey[], message: string][] = [];
    look(value, [], [], (path, what) => {
      if (issues.length < MAX_ISSUES) issues.push([[...path], `cannot be sent as JSON: ${what}`]);
      return issues.length < MAX_ISSUES;
    });
    return issues;
  });

/** @returns whether to look on. */
type Tell = (path: readonly PropertyKey[], what: string) => boolean;

/** `path` to the value and what it stands in, `above`, are as before when it is done. */
function look(value: unknown, path: PropertyKey[], above: object[], tell: Tell): boolean {
  if (path.length > MAX_DEPTH) return tell(path, `nested deeper than ${MAX_DEPTH} levels`);
  if (typeof value === 'number') return Number.isFinite(value) || tell(path, String(value));
  if (typeof value === 'function' || typeof value === 'symbol' || typeof value === 'bigint')
    return tell(path, `a ${typeof value}`);
  if (typeof value !== 'object' || value === null) return true;
  if (above.includes(value)) return tell(path, 'a cycle');
  const isList = Array.isArray(value);
  if (!isList && !isPlain(value))
    return tell(path, `a ${value.constructor?.name ?? 'class'} instance; convert it to plain data first`);
  above.push(value);
  let goesOn = true;
  for (const key of isList ? value.keys() : Object.keys(value)) {
    const inner: unknown = Reflect.get(value, key);
    path.push(key);
    goesOn =
      isList && inner === undefined ? tell(path, 'undefined in a list') : look(inner, path, above, tell);
    path.pop();
    if (!goesOn) break;
  }
  above.pop();
  return goesOn;
}
