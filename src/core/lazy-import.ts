import { PersonaConnectionError } from './errors/index.js';

/**
 * Waits for the dynamic import of an optional chunk.
 *
 * Code that creates an error does not use it, because an error message must not depend on a download.
 *
 * @param feature names the feature or call in the error message.
 * @throws {PersonaConnectionError} if the import fails, for example because a browser is offline.
 */
export const loadChunk = <Module>(feature: string, chunk: Promise<Module>): Promise<Module> =>
  chunk.catch((cause: unknown) => {
    const message = `${feature} could not load a part of persona-client. Nothing was written. Check the network, then retry. See the cause.`;
    throw new PersonaConnectionError(message, { cause });
  });
