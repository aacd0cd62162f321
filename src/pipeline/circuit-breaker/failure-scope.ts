import type { Call } from '../../core/call.js';
import type { AttemptResult } from './classify.js';

/** Returns what a 500 of a call is about: its persona, otherwise its method and path. All creates have one scope. */
export const findFailureScope = ({ personaId, method, path }: Call): string =>
  personaId === undefined ? `${method} ${path}` : String(personaId);

/**
 * Returns whether a failure may be about the scope of its call alone. Only a 500 may. Other statuses come from proxies or an
 * overloaded service, and timeouts and failed connections are about the service.
 */
export const mayConcernOneScope = (result: AttemptResult): boolean =>
  'response' in result && result.response.status === 500;
