import type { Call } from '../../core/call.js';
import type { AttemptResult } from './classify.js';

/** Returns the resource of a call: its persona, otherwise its method and path. All creates are one resource. */
export const findResource = ({ personaId, method, path }: Call): string =>
  personaId === undefined ? `${method} ${path}` : String(personaId);

/**
 * Returns whether a failure may be about one resource. Only a 500 may. Other statuses come from proxies or an overloaded
 * service, and timeouts and failed connections are about the service.
 */
export const mayConcernOneResource = (result: AttemptResult): boolean =>
  'response' in result && result.response.status === 500;
