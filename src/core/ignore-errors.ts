/** Calls a function, and returns its result, or `undefined` if it throws. */
export function ignoreErrors<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
