import type { Call } from '../../core/call.js';
import type { AttemptResult } from './classify.js';

/**
 * Returns the resource that a call reads or writes: its persona, otherwise the path of a read. A create has none, because
 * each one is for another persona.
 */
export const findResource = ({ personaId, isWrite, path }: Call): string | undefined =>
  personaId === undefined ? (isWrite ? undefined : path) : String(personaId);

/**
 * Returns whether a failure may be about one resource. Only a 500 may. Other statuses come from proxies or an overloaded
 * service, and timeouts and failed connections are about the service.
 */
export const mayConcernOneResource = (result: AttemptResult): boolean =>
  'response' in result && result.response.status === 500;
