import { PersonaConnectionError } from './errors/index.js';

/**
 * A part of this package that not everybody needs, loaded when it is wanted. Never one that a failure waits for: what has to
 * be done or said then is there.
 *
 * @throws {PersonaConnectionError} when it cannot be had, as a page's bundle while the network is down.
 */
export const loadChunk = <Module>(wanted: string, loading: Promise<Module>): Promise<Module> =>
  loading.catch((cause: unknown) => {
    const message = `${wanted}: a part of persona-client could not be loaded, see the cause. Nothing was written.`;
    throw new PersonaConnectionError(message, { cause });
  });
