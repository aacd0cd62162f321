/** Whether a value is a promise of any class. `instanceof` misses native promises if the application replaces `Promise`, as zone.js does. */
export const isPromise = <T>(value: T | Promise<T>): value is Promise<T> =>
  typeof (Object(value) as Partial<Promise<T>>).then === 'function';
