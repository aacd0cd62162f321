import type { Call } from '../core/call.js';
import { about, aftermath, named } from '../core/call.js';
import {
  PersonaAuthenticationError,
  PersonaConflictError,
  PersonaError,
  type PersonaIssue,
  PersonaNotFoundError,
  PersonaPermissionError,
  PersonaRateLimitError,
  PersonaResponseError,
  PersonaServerError,
  PersonaValidationError,
} from '../core/errors/index.js';
import { type Answer, isTokenRefused, retryAfter, saysMalformed } from '../core/response.js';
import { type Quote, quoting } from './sanitize-message.js';

/** What an answer that is no success means: the one place where statuses become errors, for both dialects. */
export function failureOf(call: Call, answer: Answer): PersonaError {
  const { status } = answer;
  const said = read(call, answer);
  const what = `${named(call)} was answered ${status || 'with a redirect'}`;
  const reason = said.reason === undefined ? '' : `: ${said.reason}`;
  const details = { ...about(call), status };

  if (status >= 500) {
    const { attempts } = call.progress;
    const malformed = saysMalformed(answer);
    const why = malformed
      ? ': the service could not read the request'
      : ` after ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}`;
    return new PersonaServerError(`${what}${why}.${aftermath(call)}`, {
      ...details,
      retryAfterMs: retryAfter(answer),
      ...(malformed ? { code: 'rejected_input' } : {}),
    });
  }
  if (isTokenRefused(answer))
    return new PersonaAuthenticationError(
      `${what}${reason}. The service does not accept this identity: sign in, or check the credentials.${aftermath(call)}`,
      details,
    );
  switch (status) {
    case 400:
    case 422:
      return new PersonaValidationError(`${what}${reason}.${aftermath(call)}`, {
        ...details,
        code: 'rejected_input',
        issues: said.issues,
      });
    case 403:
      return new PersonaPermissionError(
        `${what}${reason}: this identity may not do that.${aftermath(call)}`,
        details,
      );
    case 404:
      if (call.personaId !== undefined && said.isAboutPersona)
        return new PersonaNotFoundError(
          `${named(call)}: persona ${call.personaId} does not exist.${aftermath(call)}`,
          {
            ...details,
            personaId: call.personaId,
          },
        );
      return new PersonaResponseError(
        `${what}: there is no such route. Check baseUrl, apiVersion and dialect, and what stands in front of the service.${aftermath(call)}`,
        { ...details, code: 'route_missing' },
      );
    case 409:
      return new PersonaConflictError(`${what}${reason}.${aftermath(call)}`, details);
    case 429:
      return new PersonaRateLimitError(`${what}: too many requests.${aftermath(call)}`, {
        ...details,
        retryAfterMs: retryAfter(answer),
      });
    default:
      return new PersonaResponseError(
        status < 400
          ? `${what}; redirects are not followed, so that tokens stay where they belong. Set baseUrl to the service itself.${aftermath(call)}`
          : `${what}${reason}.${aftermath(call)}`,
        { ...details, code: 'unexpected_status', issues: said.issues },
      );
  }
}

/** The failure of a request that this call waited for, told as the call's own. */
export function retold(call: Call, error: unknown): unknown {
  if (!(error instanceof PersonaError) || error === call.signal.reason) return error;
  const Kind = error.constructor as new (message: string, details: object) => PersonaError;
  return new Kind(`${named(call)} could not be sent: ${error.message}${aftermath(call)}`, {
    ...error,
    ...about(call),
    cause: error,
  });
}

interface ErrorBody {
  readonly reason: string | undefined;
  readonly issues: readonly PersonaIssue[];
  readonly isAboutPersona: boolean;
}

/** What an error body says, in either dialect's shape, or nothing. */
function read(call: Call, answer: Answer): ErrorBody {
  const body: Record<string, unknown> = Object(answer.body);
  const { message, error, msg } = body;
  const text = [message, error, msg].find((one) => typeof one === 'string');
  const quote = quoting(call.body);
  return {
    reason: (text && quote.sentence(text)) || undefined,
    issues: [...issuesByField(body.errors, quote), ...issuesInWords(body.details, quote)],
    isAboutPersona: text !== undefined && /\bpersona\b/i.test(text), // gateways have words of their own for a missing route
  };
}

/** `{"age": ["too old"]}`; a nested object's problem can be a list of field names: `{"demographic": ["age"]}` (wire contract). */
function issuesByField(errors: unknown, quote: Quote): PersonaIssue[] {
  if (typeof errors !== 'object' || errors === null) return [];
  return Object.entries(errors).flatMap(([key, reasons]) => {
    const field = quote.isName(key) ? key : '…';
    return [reasons].flat().map((reason) => {
      if (typeof reason !== 'string') return { path: [field], message: REFUSED };
      if (quote.isField(reason)) return { path: [field, reason], message: REFUSED };
      return { path: [field], message: quote.sentence(reason) || REFUSED };
    });
  });
}

const REFUSED = 'refused by the service';

/** The `attributes` dialect says it in sentences; the field is the one they quote or begin with. */
function issuesInWords(details: unknown, quote: Quote): PersonaIssue[] {
  if (!Array.isArray(details)) return [];
  return details
    .filter((one) => typeof one === 'string')
    .map((sentence) => {
      const field = /['"`]([a-z][\w.]*)['"`]|^([a-z][\w.]*)(?=\s*:|\s+(?:must|is|should|has)\b)/i.exec(
        sentence,
      );
      const path = (field?.[1] ?? field?.[2])?.split('.') ?? [];
      return {
        path: path.every((name) => quote.isField(name)) ? path : [],
        message: quote.sentence(sentence) || REFUSED,
      };
    });
}
