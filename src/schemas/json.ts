import { refine } from './validators.js';

/** A value that JSON can represent. */
export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };

/** The depth of a response that the client can read, so that it can write back everything that it reads. */
const MAX_DEPTH = 100;
const MAX_ISSUES = 20;
/** Half of a surrogate pair. A truncated text can end with one, and a service fails with 500 if a column contains one. */
const LONE_SURROGATES = /\p{Surrogate}/gu;
/** From here on, `JSON.stringify` writes a number with an exponent, which readers do not take for an integer. */
const MIN_WITH_EXPONENT = 1e21;
const INEXACT_INTEGER = 'an integer beyond 2^53, whose last digits are not exact; use text';
const HALF_CHARACTER = 'half of a character, such as half an emoji';

/** Whether the value is a plain object: not an array and not a class instance. Works across realms. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/**
 * Rejects values that JSON cannot represent exactly, such as functions, dates, `NaN` and cycles.
 *
 * Also rejects text that is not well-formed Unicode, and integers beyond 2^53, because their last digits are lost.
 */
export const jsonSafe = () =>
  refine((value: unknown) => {
    const issues: [path: PropertyKey[], message: string][] = [];
    findUnsafe(value, [], [], (path, problem) => {
      if (issues.length < MAX_ISSUES) issues.push([[...path], `cannot be sent as JSON: ${problem}`]);
      return issues.length < MAX_ISSUES;
    });
    return issues;
  });

/** Handles one problem. Returns whether the search continues. */
type ReportProblem = (path: readonly PropertyKey[], problem: string) => boolean;

/**
 * Reports each value that JSON cannot represent exactly. Returns whether the search continues.
 *
 * @param path the path to the value. The function changes and restores this array.
 * @param ancestors the objects that contain the value. The function changes and restores this array.
 */
function findUnsafe(
  value: unknown,
  path: PropertyKey[],
  ancestors: object[],
  report: ReportProblem,
): boolean {
  if (path.length > MAX_DEPTH) return report(path, `nested deeper than ${MAX_DEPTH} levels`);
  if (typeof value === 'string') return value.search(LONE_SURROGATES) < 0 || report(path, HALF_CHARACTER);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return report(path, String(value));
    const size = Math.abs(value);
    return size <= Number.MAX_SAFE_INTEGER || size >= MIN_WITH_EXPONENT || report(path, INEXACT_INTEGER);
  }
  if (typeof value === 'function' || typeof value === 'symbol' || typeof value === 'bigint')
    return report(path, `a ${typeof value}`);
  if (typeof value !== 'object' || value === null) return true;
  if (ancestors.includes(value)) return report(path, 'a cycle');
  const isArray = Array.isArray(value);
  if (!isArray && !isPlainObject(value))
    return report(path, `a ${value.constructor?.name ?? 'class'} instance; convert it to plain data first`);
  ancestors.push(value);
  let shouldContinue = true;
  for (const key of isArray ? value.keys() : Object.keys(value)) {
    const child: unknown = Reflect.get(value, key);
    const printableKey = typeof key === 'string' ? key.replace(LONE_SURROGATES, '\ufffd') : key;
    path.push(printableKey);
    if (isArray && child === undefined) shouldContinue = report(path, 'undefined in a list');
    else if (printableKey !== key) shouldContinue = report(path, `${HALF_CHARACTER} in a field name`);
    else shouldContinue = findUnsafe(child, path, ancestors, report);
    path.pop();
    if (!shouldContinue) break;
  }
  ancestors.pop();
  return shouldContinue;
}
