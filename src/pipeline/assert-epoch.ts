import { type Call, callError } from '../core/call.js';
import { PersonaAuthenticationError } from '../core/errors/index.js';

/** @throws {PersonaAuthenticationError} if the user of the session has changed, or may have changed, since the call started. */
export function assertCurrentEpoch(call: Call, epoch: number): void {
  if (epoch === call.epoch) return;
  const outcome = call.progress.attempts > 0 ? 'was not sent again' : 'was not sent';
  throw callError(
    PersonaAuthenticationError,
    call,
    `${outcome}: the logged-in user changed, or may have changed, after the call started. Retry it. If all tokens belong to one user, set \`principal\`.`,
  );
}
