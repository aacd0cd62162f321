/** A value that JSON can represent. */
export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };

/** The depth of a response that the client can read, so that it can write back everything that it reads. */
const MAX_DEPTH = 100;
/** Half of a surrogate pair. A truncated text can end with one, and a service fails with 500 if a column contains one. */
const LONE_SURROGATES = /\p{Surrogate}/gu;
/** From this number on, `JSON.stringify` writes an exponent, so readers do not parse an integer. */
const MIN_WITH_EXPONENT = 1e21;
const HALF_CHARACTER = 'half of a character, such as half an emoji';
export const UNREADABLE = 'cannot be read: a getter throws, or a proxy is revoked';

/** The copy of an object that cannot be read completely. A later check of the copy reports it, too. */
class InvalidValue {}

/** Whether the value is a plain object: not an array and not a class instance. Works across realms. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Handles one value that JSON cannot represent exactly. Returns whether the copy continues. */
type ReportProblem = (path: readonly PropertyKey[], problem: string) => boolean;

/**
 * Copies plain objects and arrays, up to 100 levels deep. The caller may then change its object while a call waits.
 *
 * Reads each property once, so later values of a getter or a proxy have no effect. Omits properties that are `undefined`.
 * Reports each value that JSON cannot represent exactly, and copies a reference to it. If a getter or a proxy throws, reports its
 * path, and the copy has an `InvalidValue` there.
 *
 * @throws the error of a getter or a proxy, if there is no `report`.
 */
export function copyPlainData<Value>(value: Value, report?: ReportProblem): Value {
  const path: PropertyKey[] = [];
  const ancestors: object[] = [];
  let isStopped = false;
  const reportProblem = (problem: string) => {
    isStopped = report?.(path, problem) === false;
  };

  function copy(source: unknown): unknown {
    const { length } = path;
    const depth = ancestors.length;
    try {
      return copyValue(source);
    } catch (error) {
      if (!report) throw error;
      reportProblem(UNREADABLE); // the path leads to the value
      path.length = length;
      ancestors.length = depth;
      return new InvalidValue();
    }
  }

  function copyValue(source: unknown): unknown {
    const problem = findProblem(source, path.length, ancestors);
    if (problem !== undefined) reportProblem(problem);
    if (problem !== undefined || typeof source !== 'object' || source === null)
      return source === 0 ? 0 : source; // JSON has no -0
    ancestors.push(source);
    const result = Array.isArray(source) ? copyArray(source) : Object.fromEntries(copyEntries(source));
    ancestors.pop();
    return result;
  }

  function copyArray(source: readonly unknown[]): unknown[] {
    const result: unknown[] = [];
    const { length } = source; // a getter could add elements without end
    for (let index = 0; index < length && !isStopped; index++) {
      path.push(index);
      const element = source[index];
      if (element === undefined) reportProblem('undefined in a list');
      result.push(copy(element));
      path.pop();
    }
    return result;
  }

  function copyEntries(source: object): [string, unknown][] {
    const entries: [string, unknown][] = [];
    for (const key of Object.keys(source)) {
      if (isStopped) break;
      const printableKey = key.replace(LONE_SURROGATES, '\ufffd');
      path.push(printableKey);
      if (printableKey !== key) reportProblem(`${HALF_CHARACTER} in a field name`);
      const property = copy(Reflect.get(source, key));
      if (property !== undefined) entries.push([key, property]);
      path.pop();
    }
    return entries;
  }

  return copy(value) as Value;
}

/** Returns why JSON cannot represent the value exactly, or `undefined` if it can. Does not look into objects. */
function findProblem(value: unknown, depth: number, ancestors: readonly object[]): string | undefined {
  if (depth > MAX_DEPTH) return `nested deeper than ${MAX_DEPTH} levels`;
  switch (typeof value) {
    case 'string':
      return value.search(LONE_SURROGATES) < 0 ? undefined : HALF_CHARACTER;
    case 'number':
      if (!Number.isFinite(value)) return String(value);
      return Math.abs(value) > Number.MAX_SAFE_INTEGER && Math.abs(value) < MIN_WITH_EXPONENT
        ? 'an integer beyond 2^53, whose last digits are not exact; use text'
        : undefined;
    case 'function':
    case 'symbol':
    case 'bigint':
      return `a ${typeof value}`;
    default:
  }
  if (typeof value !== 'object' || value === null) return undefined;
  if (ancestors.includes(value)) return 'a cycle';
  if (value instanceof InvalidValue) return UNREADABLE;
  return Array.isArray(value) || isPlainObject(value)
    ? undefined
    : `a ${value.constructor?.name ?? 'class'} instance; convert it to plain data first`;
}
