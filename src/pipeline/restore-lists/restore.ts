import type { AccessPolicy } from '../../config/access-policy.js';
import type { Call } from '../../core/call.js';
import type { EventEmitter } from '../../core/event-emitter.js';
import type { InvalidField } from '../../core/events.js';
import type { HttpResponse } from '../../core/response.js';
import type { ServiceProfile } from '../../core/service-profile.js';
import type { Run } from '../endpoint.js';
import { report } from '../repair/report.js';
import { findLists } from './characters.js';
import { findEvidence, isPage, toPersonas, verify } from './verify.js';

export interface RestoreContext {
  readonly profile: ServiceProfile;
  readonly call: Call;
  readonly response: HttpResponse;
  readonly subCalls: { readonly run: Run };
  readonly HttpResponse: typeof HttpResponse;
  readonly monotonicNow: () => number;
  readonly events: EventEmitter;
  readonly policy: AccessPolicy;
  readonly escapeControls: (text: string) => string;
}

/** A response with restored lists. */
export interface Restored {
  readonly response: HttpResponse;
  /** The lists that the response lacks, because they could not be verified. */
  readonly invalidFields?: readonly InvalidField[];
}

/**
 * Replaces each list that consists of the characters of JSON text with the value of that text.
 *
 * The published `subresource` service returns such lists in the response to every write, and in each page of personas. A `GET`
 * of one persona or category is correct, except that a list set to `null` reads as `["n","u","l","l"]`.
 *
 * A category with `persona_id` is a database row of such a service. Services of the `attributes` dialect return what users
 * stored, but the known dialect can be outdated.
 *
 * A user may have stored a list that looks the same. So the client needs evidence that this service returns characters. The
 * evidence can be in this response, in an earlier one, or in the response to another request. Without evidence, the client omits
 * and reports the lists, so that no caller writes the characters back. It does not cache the response.
 */
export async function restore(context: RestoreContext): Promise<Restored> {
  const { profile, call, response, HttpResponse } = context;
  const { body, status, headers } = response;
  const personas = toPersonas(call.name, body);
  const isSingleRead = !call.isWrite && !isPage(body);
  const [sent] = call.body === undefined ? [] : toPersonas(call.name, JSON.parse(call.body));
  const evidence = isSingleRead ? undefined : findEvidence(personas, sent);
  if (evidence !== undefined) profile.returnsCharacters = evidence;
  const findSuspiciousLists = () =>
    personas.flatMap((persona) =>
      findLists(persona).flatMap((list) => {
        const fields = Object(persona[list.category]) as Record<string, unknown>;
        const hasRowId = Number.isSafeInteger(fields.persona_id);
        const isSuspicious =
          list.decoded === null
            ? hasRowId
            : list.decoded && !isSingleRead && (hasRowId || profile.dialect !== 'attributes');
        return isSuspicious ? [{ ...list, persona, fields }] : [];
      }),
    );
  if (evidence === false || findSuspiciousLists().length === 0) return { response };
  const verifyOnce = () => verify(call, context.subCalls.run, personas, isSingleRead, context.monotonicNow);
  const returnsCharacters = profile.returnsCharacters || (await profile.verifyLists(verifyOnce, call.signal));
  const suspiciousLists = findSuspiciousLists(); // the verification may have shown the dialect
  if (returnsCharacters === false || suspiciousLists.length === 0) return { response };
  for (const { fields, field, decoded } of suspiciousLists)
    if (returnsCharacters) fields[field] = decoded;
    else delete fields[field];
  const content = JSON.stringify(body);
  if (returnsCharacters) return { response: new HttpResponse({ status, headers, content }) };
  const invalidFields = suspiciousLists.map(({ persona, category, field, value }): InvalidField => {
    const personaId = call.personaId ?? persona.id;
    return {
      ...(typeof personaId === 'number' && { personaId }),
      path: [category, field],
      rule: 'may be the characters of another list, and could not be verified',
      omitted: 'field',
      value,
    };
  });
  return {
    response: new HttpResponse({ status, headers: forbidStorage(headers), content }),
    invalidFields: report(call, invalidFields, context),
  };
}

const forbidStorage = (headers: HttpResponse['headers']): HttpResponse['headers'] => ({
  get: (name) => (name === 'cache-control' ? 'no-store' : headers.get(name)),
});
