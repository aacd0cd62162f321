import { isPersonaError } from '../errors.js';

const MAX_EDIT_ATTEMPTS = 5;

/**
 * Runs an edit, which reads a persona and then writes it. If another client has changed the persona in between, runs the edit again
 * with the new data.
 *
 * @throws the conflict, if the write may have been applied, or if the persona changes all the time.
 */
export async function repeatAfterConflict<Result>(edit: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt++)
    try {
      return await edit();
    } catch (error) {
      const isConflict = isPersonaError(error) && error.code === 'conflict' && !error.maybeApplied;
      if (!isConflict || attempt === MAX_EDIT_ATTEMPTS) throw error;
    }
}
