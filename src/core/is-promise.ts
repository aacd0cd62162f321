/**
 * Whether a value is a promise of any class. If the application replaces `Promise`, as zone.js does, `instanceof` misses native
 * promises.
 */
export const isPromise = <T>(value: T | Promise<T>): value is Promise<T> =>
  typeof (Object(value) as Partial<Promise<T>>).then === 'function';
