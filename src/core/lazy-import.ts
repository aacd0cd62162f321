import { appliedHint, type Call, errorDetails } from './call.js';
import { PersonaConnectionError } from './errors/index.js';
import { sanitizePlatformError } from './sanitize-error.js';

/**
 * Waits for the dynamic import of an optional chunk.
 *
 * Code that creates an error does not use it, because an error message must not depend on a download.
 *
 * @param feature names the feature or call in the error message.
 * @param call the call, if it may have written something before.
 * @throws {PersonaConnectionError} if the import fails, for example because a browser is offline.
 */
export const loadChunk = <Module>(feature: string, chunk: Promise<Module>, call?: Call): Promise<Module> =>
  chunk.catch((error: unknown) => {
    const applied = call ? appliedHint(call) : ' Nothing was written.';
    const message = `${feature} could not load a part of persona-client.${applied} Check the network. A service worker must be one file.`;
    throw new PersonaConnectionError(message, {
      ...(call && errorDetails(call)),
      cause: sanitizePlatformError(error),
    });
  });

/**
 * Loads a part of the package on first use, for all clients of the process. Keeps the module rather than the promise of its import,
 * because a runtime can drop a promise with the request that created it.
 *
 * `load` throws a `PersonaConnectionError` if the import fails. The next call imports the module again.
 */
export function lazyModule<Module>(feature: string, importModule: () => Promise<Module>) {
  const lazy = {
    loaded: undefined as Module | undefined,
    load: async () => {
      lazy.loaded ??= await loadChunk(feature, importModule());
    },
  };
  return lazy;
}
