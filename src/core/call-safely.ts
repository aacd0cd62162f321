import { isPromise } from './is-promise.js';

/**
 * Calls a function of the application whose errors must not affect the call. If it throws or its promise rejects, writes the
 * error to the console. Returns its result, or `undefined` if it throws.
 *
 * @param name names the function in the message.
 */
export function callSafely<T>(name: string, work: () => T): T | undefined {
  try {
    const result = work();
    if (isPromise<unknown>(result)) result.then(undefined, (error: unknown) => logError(name, error));
    return result;
  } catch (error) {
    logError(name, error);
    return undefined;
  }
}

const logError = (name: string, error: unknown) =>
  void Promise.resolve()
    .then(() => console.error(`persona-client: ${name} threw`, error))
    .catch(() => {});
