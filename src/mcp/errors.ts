import { ProtocolError, ProtocolErrorCode, ResourceNotFoundError } from '@modelcontextprotocol/server';
import type { PersonaError, PersonaValidationError } from '../index.js';
import { DEMOGRAPHIC_COLUMNS, SECTIONS } from './names.js';

/** Something the model did wrong, in words that are ours and may be told as they are. */
export class ToolMistake extends Error {
  override readonly name = 'ToolMistake';
}

/** Without an attempt at it: the client's own policy is against it. */
export const denied = (): ProtocolError => new ProtocolError(ProtocolErrorCode.InternalError, DENIED);

const DENIED =
  'The access policy of this server does not permit that; nothing was sent. Do not try again; tell the user.';

/** What may be repeated from the service's complaints. */
const KNOWN = new Set(['name', ...SECTIONS, ...DEMOGRAPHIC_COLUMNS]);

/**
 * What happened and what to do next, for a model. Never the text of the service, of the platform, or a URL:
 * they can hold credentials, SQL and other people's data.
 */
export function inWords(error: unknown): string {
  if (error instanceof ToolMistake) return error.message;
  if (!isPersonaError(error))
    return 'The server failed in a way it has no words for. Try once more, then tell the user.';
  const told = WORDS[error.code](error);
  const applied = error.maybeApplied
    ? ' The change may have been made all the same: read the persona before you repeat it.'
    : '';
  return `${told}${applied}${error.request ? ` (request ${error.request.id})` : ''}`;
}

interface Told {
  readonly retryAfterMs?: number;
  readonly personaId?: number;
  readonly status?: number | undefined;
  readonly issues?: PersonaValidationError['issues'];
}
type Words = (error: PersonaError & Told) => string;

const later: Words = ({ retryAfterMs }) =>
  retryAfterMs === undefined ? 'Try again later.' : `Try again in ${Math.ceil(retryAfterMs / 1_000)} s.`;

const WORDS: Readonly<Record<PersonaError['code'], Words>> = {
  invalid_input: ({ issues = [] }) =>
    `Invalid input, nothing was sent: ${issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ')}. Mend it and call again.`,
  rejected_input: (error) => `${refused(error)} get_persona_fields says what each field takes.`,
  invalid_response: () =>
    'The service answered with something that is no persona. Tell the user to check PERSONA_API_URL.',
  unexpected_status: () =>
    'The service answered in an unexpected way. Tell the user to check PERSONA_API_URL and what stands in front of the service.',
  route_not_found: () =>
    'There is no Persona Service at the configured address, or it lacks this function. Tell the user to check PERSONA_API_URL.',
  unauthenticated: () =>
    'The service does not accept the configured credentials. Tell the user to renew PERSONA_API_TOKEN; do not ask for it in the chat.',
  credentials_rejected: () =>
    'The service refused the configured user name and password. Tell the user to check PERSONA_USERNAME and PERSONA_PASSWORD; do not ask for them in the chat.',
  auth_unsupported: () =>
    'The service runs without authentication. Tell the user to remove the configured credentials.',
  forbidden: ({ status }) =>
    status === undefined ? DENIED : 'This is not permitted. Do not try again; tell the user.',
  not_found: ({ personaId }) =>
    `There is no persona ${personaId}. Call list_personas or find_personas for the ids that exist.`,
  not_cached: () => 'Nothing is kept of it, and nothing was sent.',
  conflict: () =>
    'The persona was changed meanwhile. Call get_persona, then repeat the change if it still applies.',
  rate_limited: (error) => `Too many requests. ${later(error)}`,
  server_error: (error) => `The service failed. ${later(error)}`,
  connection_failed: () =>
    'The service cannot be reached. Tell the user to check that it runs and that PERSONA_API_URL is right.',
  timeout: () => 'The service did not answer in time. Try again later.',
  circuit_open: (error) => `The service failed repeatedly and is left alone for now. ${later(error)}`,
  aborted: () => 'The call was cancelled.',
};

/** The names of the fields, as far as they are known; everything else in an issue is the service's own text. */
function refused({ issues = [] }: Told): string {
  const fields = issues.map(({ path }) => {
    const unknown = path.findIndex((key) => !KNOWN.has(String(key)));
    return (unknown === -1 ? path : path.slice(0, unknown)).join('.');
  });
  const named = [...new Set(fields.filter((field) => field !== ''))];
  return named.length > 0
    ? `The service refused the values of: ${named.join(', ')}.`
    : 'The service refused the input.';
}

/** Keep everything but our own words from what the SDK would pass on as it is. */
export async function guarded<Result>(work: () => Result | Promise<Result>, uri?: string): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ProtocolError) throw error;
    const code = isPersonaError(error) ? error.code : undefined;
    if (uri !== undefined && code === 'not_found') throw new ResourceNotFoundError(uri, inWords(error));
    const ours = error instanceof ToolMistake || (code !== undefined && CALLERS.has(code));
    throw new ProtocolError(
      ours ? ProtocolErrorCode.InvalidParams : ProtocolErrorCode.InternalError,
      inWords(error),
    );
  }
}

/** What the caller can mend. */
const CALLERS: ReadonlySet<string> = new Set(['invalid_input', 'rejected_input', 'not_found']);

/** By the brand that every copy of the package puts on them, so that the classes need not be loaded for it. */
export const isPersonaError = (error: unknown): error is PersonaError & Told =>
  error instanceof Error && Symbol.for('persona-client.error') in error;
