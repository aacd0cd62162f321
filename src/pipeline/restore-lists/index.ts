/** Restores lists that a service returns as the characters of their JSON text. */
import type { Call } from '../../core/call.js';
import { loadChunk } from '../../core/lazy-import.js';
import { monotonicNow } from '../../core/monotonic-now.js';
import { HttpResponse } from '../../core/response.js';
import type { ServiceProfile } from '../../core/service-profile.js';
import type { RestoreContext, Restored } from './restore.js';

/** The start of a list that may be the characters of JSON text: `["[",`, `["{",` or `["n",`. */
const SUSPICIOUS_LIST = /\[\s*"[[{n]"\s*,/;

/**
 * Replaces each list that consists of the characters of JSON text with the value of that text.
 *
 * Changes nothing if the service does not return lists in this form.
 *
 * @param subCalls runs the request that verifies a list. The request shares the deadline of the call.
 * @throws {PersonaConnectionError} if the import of the code fails.
 */
export async function restoreLists(
  context: Pick<RestoreContext, 'profile' | 'events' | 'policy' | 'escapeControls'>,
  call: Call,
  response: HttpResponse,
  subCalls: RestoreContext['subCalls'],
): Promise<Restored> {
  const { restore } = await loadChunk(call.name, import('./restore.js'), call);
  return restore({ ...context, call, response, subCalls, HttpResponse, monotonicNow });
}

/** Whether a response may contain such lists, or may show that the service does not return them anymore. */
export const mayContainCharacters = (profile: ServiceProfile, { text }: HttpResponse): boolean =>
  profile.returnsCharacters || SUSPICIOUS_LIST.test(text);
