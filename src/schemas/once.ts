/**
 * Returns a function that calls `create` on its first call, and returns the same value on every call.
 *
 * Most schemas use this function, because creating all zod schemas at load time is slow.
 */
export const once = <Value>(create: () => Value): (() => Value) => {
  let value: Value | undefined;
  return () => (value ??= create());
};
