import { appliedHint, type Call, errorDetails } from '../core/call.js';
import { PersonaResponseError } from '../core/errors/index.js';
import type { InvalidField } from '../core/events.js';

/** The maximum number of entries in metadata, and of events per response. */
export const MAX_INVALID_FIELDS = 20;

/** Creates the error for a response whose invalid fields the caller does not accept. The message names the first one. */
export function invalidFieldsError(
  call: Call,
  status: number,
  invalidFields: readonly InvalidField[],
  page?: PersonaResponseError['page'],
): PersonaResponseError {
  const [{ personaId, path, rule } = { personaId: undefined, path: [], rule: '' }] = invalidFields;
  const persona = personaId === undefined ? 'a persona' : `persona ${personaId}`;
  const more = invalidFields.length > 1 ? ` ${invalidFields.length - 1} more fields are invalid.` : '';
  return new PersonaResponseError(
    `${call.name} returned ${persona} with an invalid ${path.join('.') || 'row'}: ${rule}.${more}${appliedHint(call)}`,
    {
      ...errorDetails(call),
      status,
      personaId,
      page,
      issues: invalidFields.slice(0, MAX_INVALID_FIELDS).map(({ path, rule }) => ({ path, message: rule })),
    },
  );
}
