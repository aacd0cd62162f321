import type { AbortSignalLike } from '../core/abort.js';
import type { ClientCode } from './client-code.js';

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
  (code: ClientCode, timeoutMs: number, closeSignal: AbortSignalLike): TimeLimit =>
  async (name, work) => {
    const onTimeout = () => {
      throw new code.PersonaAuthenticationError(
        `No response from ${name} within ${timeoutMs} ms (timeoutMs).`,
      );
    };
    return raceClose(code, closeSignal, `Stopped waiting for ${name}, because the client was closed.`, () => {
      const result = (async () => work())().catch((error: unknown) => {
        throw code.toReadable(error);
      });
      return code.raceTimeout(result, timeoutMs, onTimeout, closeSignal);
    });
  };

/**
 * Stops waiting when `closeSignal` aborts. The work itself continues. Starts nothing after the signal has aborted.
 *
 * @throws {PersonaAbortError} with this message.
 */
export async function raceClose<T>(
  { PersonaAbortError, raceAbort }: ClientCode,
  closeSignal: AbortSignalLike,
  message: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    closeSignal.throwIfAborted();
    return await raceAbort(work(), closeSignal);
  } catch (error) {
    if (!closeSignal.aborted || error !== closeSignal.reason) throw error;
    throw new PersonaAbortError(message, { cause: error });
  }
}
