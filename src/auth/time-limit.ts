import type { AbortSignalLike } from '../core/abort.js';
import { PersonaAbortError, PersonaAuthenticationError } from '../core/errors/index.js';
import { toReadable } from '../core/sanitize-error.js';
import { raceTimeout } from '../core/timers.js';

/**
 * Runs the application's own code, such as `getToken` or a token store, within a time limit.
 *
 * @param name names the code in error messages.
 * @throws {PersonaAuthenticationError} after the limit.
 * @throws {PersonaAbortError} when the client is closed.
 */
export type TimeLimit = <T>(name: string, work: () => T | Promise<T>) => Promise<T>;

/** Creates a function that stops waiting after `timeoutMs`, or when `closeSignal` aborts. */
export const createTimeLimit =
  (timeoutMs: number, closeSignal: AbortSignalLike): TimeLimit =>
  async (name, work) => {
    const onTimeout = () => {
      throw new PersonaAuthenticationError(`No response from ${name} within ${timeoutMs} ms (timeoutMs).`);
    };
    try {
      closeSignal.throwIfAborted();
      return await raceTimeout((async () => work())(), timeoutMs, onTimeout, closeSignal);
    } catch (error) {
      if (!closeSignal.aborted || error !== closeSignal.reason) throw toReadable(error);
      throw new PersonaAbortError(`Stopped waiting for ${name}, because the client was closed.`, {
        cause: error,
      });
    }
  };
