/**
 * Whether a value is a promise of any class. If the application replaces `Promise`, as zone.js does, `instanceof` misses native
 * promises.
 */
export const isPromise = <T>(value: T | Promise<T>): value is Promise<T> =>
  typeof (Object(value) as Partial<Promise<T>>).then === 'function';

/** Calls `next` with a value, or with the value of a promise. Synchronous, unless there is a promise to wait for. */
export const andThen = <Value, Result>(
  value: Value | Promise<Value>,
  next: (value: Value) => Result | Promise<Result>,
): Result | Promise<Result> => (isPromise(value) ? value.then(next) : next(value));
