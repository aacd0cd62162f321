import type { Call } from '../core/call.js';
import { appliedHint, describeCall, errorDetails } from '../core/call.js';
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
import { type HttpResponse, isUnauthorized, retryAfterMs, wrapsBadRequest } from '../core/response.js';
import { createSanitizer, type MessageSanitizer } from './sanitize-message.js';

/** What an answer that is no success means: the one place where statuses become errors, for both dialects. */
export function errorFromResponse(call: Call, answer: HttpResponse): PersonaError {
  const { status } = answer;
  const said = read(call, answer);
  const what = `${describeCall(call)} was answered ${status || 'with a redirect'}`;
  const reason = said.reason === undefined ? '' : `: ${said.reason}`;
  const details = { ...errorDetails(call), status };

  if (status >= 500) {
    const { attempts } = call.progress;
    const malformed = wrapsBadRequest(answer);
    const why = malformed
      ? ': the service could not read the request'
      : ` after ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}`;
    return new PersonaServerError(`${what}${why}.${appliedHint(call)}`, {
      ...details,
      retryAfterMs: retryAfterMs(answer),
      ...(malformed ? { code: 'rejected_input' } : {}),
    });
  }
  if (isUnauthorized(answer))
    return new PersonaAuthenticationError(
      `${what}${reason}. The service does not accept this identity: sign in, or check the credentials.${appliedHint(call)}`,
      details,
    );
  switch (status) {
    case 400:
    case 422:
      return new PersonaValidationError(`${what}${reason}.${appliedHint(call)}`, {
        ...details,
        code: 'rejected_input',
        issues: said.issues,
      });
    case 403:
      return new PersonaPermissionError(
        `${what}${reason}: this identity may not do that.${appliedHint(call)}`,
        details,
      );
    case 404:
      if (call.personaId !== undefined && said.isAboutPersona)
        return new PersonaNotFoundError(
          `${describeCall(call)}: persona ${call.personaId} does not exist.${appliedHint(call)}`,
          {
            ...details,
            personaId: call.personaId,
          },
        );
      return new PersonaResponseError(
        `${what}: there is no such route. Check baseUrl, apiVersion and dialect, and what stands in front of the service.${appliedHint(call)}`,
        { ...details, code: 'route_not_found' },
      );
    case 409:
      return new PersonaConflictError(`${what}${reason}.${appliedHint(call)}`, details);
    case 429:
      return new PersonaRateLimitError(`${what}: too many requests.${appliedHint(call)}`, {
        ...details,
        retryAfterMs: retryAfterMs(answer),
      });
    default:
      return new PersonaResponseError(
        status < 400
          ? `${what}; redirects are not followed, so that tokens stay where they belong. Set baseUrl to the service itself.${appliedHint(call)}`
          : `${what}${reason}.${appliedHint(call)}`,
        { ...details, code: 'unexpected_status', issues: said.issues },
      );
  }
}

/** The failure of a request that this call waited for, told as the call's own. */
export function wrapUpstreamError(call: Call, error: unknown): unknown {
  if (!(error instanceof PersonaError) || error === call.signal.reason) return error;
  const Kind = error.constructor as new (message: string, details: object) => PersonaError;
  return new Kind(`${describeCall(call)} could not be sent: ${error.message}${appliedHint(call)}`, {
    ...error,
    ...errorDetails(call),
    cause: error,
  });
}

interface ErrorBody {
  readonly reason: string | undefined;
  readonly issues: readonly PersonaIssue[];
  readonly isAboutPersona: boolean;
}

/** What an error body says, in either dialect's shape, or nothing. */
function read(call: Call, answer: HttpResponse): ErrorBody {
  const body: Record<string, unknown> = Object(answer.body);
  const { message, error, msg } = body;
  const text = [message, error, msg].find((one) => typeof one === 'string');
  const quote = createSanitizer(call.body);
  return {
    reason: (text && quote.sanitize(text)) || undefined,
    issues: [...issuesByField(body.errors, quote), ...issuesInWords(body.details, quote)],
    isAboutPersona: text !== undefined && /\bpersona\b/i.test(text), // gateways have words of their own for a missing route
  };
}

/** `{"age": ["too old"]}`; a nested object's problem can be a list of field names: `{"demographic": ["age"]}` (wire contract). */
function issuesByField(errors: unknown, quote: MessageSanitizer): PersonaIssue[] {
  if (typeof errors !== 'object' || errors === null) return [];
  return Object.entries(errors).flatMap(([key, reasons]) => {
    const field = quote.isName(key) ? key : '…';
    return [reasons].flat().map((reason) => {
      if (typeof reason !== 'string') return { path: [field], message: REFUSED };
      if (quote.isField(reason)) return { path: [field, reason], message: REFUSED };
      return { path: [field], message: quote.sanitize(reason) || REFUSED };
    });
  });
}

const REFUSED = 'refused by the service';

/** The `attributes` dialect says it in sentences; the field is the one they quote or begin with. */
function issuesInWords(details: unknown, quote: MessageSanitizer): PersonaIssue[] {
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
        message: quote.sanitize(sentence) || REFUSED,
      };
    });
}
