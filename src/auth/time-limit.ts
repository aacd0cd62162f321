import { type AbortSignalLike, onAbort } from '../core/abort.js';
import { PersonaAbortError, PersonaAuthenticationError } from '../core/errors/index.js';

/** Wait for work of the application's own, such as its token store. It may never end. */
export type TimeLimit = <T>(who: string, work: () => T | Promise<T>) => Promise<T>;

/** So long and no longer, and not beyond the closing of the client. */
export const withTimeout =
  (timeoutMs: number, closing: AbortSignalLike): TimeLimit =>
  async (who, work) => {
    let stop = () => {};
    const over = new Promise<never>((_, reject) => {
      const tooLate = () =>
        reject(new PersonaAuthenticationError(`${who} did not answer within ${timeoutMs} ms.`));
      const timer = setTimeout(tooLate, timeoutMs);
      const unlink = onAbort(closing, (cause) =>
        reject(new PersonaAbortError(`${who} was not waited for: the client was closed.`, { cause })),
      );
      stop = () => {
        clearTimeout(timer);
        unlink();
      };
    });
    try {
      return await Promise.race([over, closing.aborted ? over : work()]);
    } finally {
      stop();
    }
  };
