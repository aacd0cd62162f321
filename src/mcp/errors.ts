import type { PersonaError, PersonaValidationError } from '../index.js';
import { toSingleLine, truncate } from './sanitize-text.js';
import { DEMOGRAPHIC_FIELDS, SECTIONS } from './sections.js';

/** An error that the model receives unchanged: invalid input, or a call that this server does not support. */
export class ToolInputError extends Error {
  override readonly name = 'ToolInputError';
}

export const ACCESS_DENIED =
  'The access policy of this server does not permit this call. Nothing was sent. Do not retry; tell the user.';

/** Field names that an error message may repeat from the service's issues. Other text in an issue may be stored data. */
const KNOWN_FIELDS = new Set(['name', ...SECTIONS, ...DEMOGRAPHIC_FIELDS]);

/**
 * Describes an error to a model: what happened and what to do next.
 *
 * Never repeats URLs, or messages from the service, the runtime or the network. They can contain credentials, SQL and
 * other people's data.
 */
export function describeError(error: unknown): string {
  if (error instanceof ToolInputError) return error.message;
  if (!isPersonaError(error))
    return 'The server failed with an unexpected error. Retry once, then tell the user.';
  const applied = error.maybeApplied
    ? ' The change may have been applied. Check with get_persona or find_personas before you repeat it. If find_personas is not complete, the service may hide the persona: do not repeat the call, tell the user.'
    : '';
  return `${DESCRIPTIONS[error.code](error)}${applied}${error.request ? ` (request ${error.request.id})` : ''}`;
}

/** Describes an issue without the allowed options. They come from the service, so an option could be an instruction to the model. */
const describeIssue = ({ path, message }: PersonaValidationError['issues'][number]): string =>
  truncate(
    toSingleLine(
      `${path.join('.')}: ${message.replace(/ one of: .*/s, ' an option that get_persona_fields lists')}`,
    ),
    300,
  );

interface ErrorDetails {
  readonly retryAfterMs?: number;
  readonly personaId?: number;
  readonly status?: number | undefined;
  readonly issues?: PersonaValidationError['issues'];
}
type ErrorDescriber = (error: PersonaError & ErrorDetails) => string;

/** Starts with a space. Empty if the change may have been applied, because a retry could apply it twice. */
const retryAdvice: ErrorDescriber = ({ retryAfterMs, maybeApplied }) => {
  if (maybeApplied) return '';
  return retryAfterMs === undefined ? ' Retry later.' : ` Retry in ${Math.ceil(retryAfterMs / 1_000)} s.`;
};

const DESCRIPTIONS: Readonly<Record<PersonaError['code'], ErrorDescriber>> = {
  invalid_input: ({ issues = [] }) =>
    `Invalid input; nothing was sent: ${issues.map(describeIssue).join('; ')}. Correct it and call again.`,
  rejected_input: (error) =>
    `${describeRejectedFields(error)} get_persona_fields lists the types and allowed values.`,
  invalid_response: ({ personaId }) =>
    personaId === undefined
      ? 'The service returned an unexpected response body. Tell the user to check PERSONA_API_URL.'
      : `The service returned persona ${personaId} with invalid data. Other personas are not affected. Tell the user to correct persona ${personaId} in the service.`,
  incomplete_list: () =>
    'The service counts personas that no page of its list contains. Tell the user to check the logs of the service.',
  unexpected_status: () =>
    'The service returned an unexpected status. Tell the user to check PERSONA_API_URL and any proxy in front of the service.',
  route_not_found: () =>
    'There is no Persona Service at the configured address, or it lacks this endpoint. Tell the user to check PERSONA_API_URL.',
  unauthenticated: () =>
    'The service requires a valid token. Tell the user to set or renew PERSONA_API_TOKEN; do not ask for it in the chat.',
  credentials_rejected: () =>
    'The service rejected the configured user name and password. Tell the user to check PERSONA_USERNAME and PERSONA_PASSWORD; do not ask for them in the chat.',
  auth_unsupported: () =>
    'The service runs without authentication. Tell the user to remove the configured credentials.',
  forbidden: ({ status }) =>
    status === undefined
      ? ACCESS_DENIED
      : 'The service does not permit this call. Do not retry; tell the user.',
  not_found: ({ personaId }) =>
    `There is no persona ${personaId}. Call list_personas or find_personas to see which ids exist.`,
  not_cached: () => 'The data is not in the cache, and nothing was sent.',
  conflict: () =>
    'The persona changed in the meantime. Call get_persona, then repeat the change if it still applies.',
  rate_limited: (error) => `Too many requests.${retryAdvice(error)}`,
  server_error: (error) => `The service failed.${retryAdvice(error)}`,
  connection_failed: () =>
    'The service cannot be reached. Tell the user to check that it is running and that PERSONA_API_URL is correct.',
  timeout: (error) => `The service did not respond in time.${retryAdvice(error)}`,
  circuit_open: (error) =>
    `The service failed repeatedly, so requests to it are paused.${retryAdvice(error)}`,
  aborted: () => 'The call was canceled.',
};

/** Names the rejected fields. Each path ends before the first key that is not a known field name. */
function describeRejectedFields({ issues = [] }: ErrorDetails): string {
  const paths = issues.map(({ path }) => {
    const firstUnknown = path.findIndex((key) => !KNOWN_FIELDS.has(String(key)));
    return (firstUnknown === -1 ? path : path.slice(0, firstUnknown)).join('.');
  });
  const fields = [...new Set(paths.filter((path) => path !== ''))];
  return fields.length > 0
    ? `The service rejected the values of: ${fields.join(', ')}.`
    : 'The service rejected the input.';
}

/** Checks the brand that every copy of the package sets, so that the error classes need not be loaded. */
export const isPersonaError = (error: unknown): error is PersonaError & ErrorDetails =>
  error instanceof Error && Symbol.for('persona-client.error') in error;
