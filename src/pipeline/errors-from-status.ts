import { appliedHint, type Call, callError, describeCall, errorDetails } from '../core/call.js';
import {
  copyError,
  PersonaAuthenticationError,
  PersonaConflictError,
  PersonaError,
  type PersonaErrorDetails,
  type PersonaIssue,
  PersonaNotFoundError,
  PersonaPermissionError,
  PersonaRateLimitError,
  PersonaResponseError,
  PersonaServerError,
  PersonaValidationError,
} from '../core/errors/index.js';
import {
  findErrorMessage,
  type HttpResponse,
  isUnauthorized,
  parseRetryAfterMs,
  wrapsBadRequest,
} from '../core/response.js';
import { toSafeText } from '../core/safe-text.js';
import { formatIssues } from '../core/validate.js';
import type { FieldConfig } from '../schemas/field-config.js';
import { createSanitizer, type MessageSanitizer } from './sanitize-message.js';

const MAX_REASON_BYTES = 1_200;

/**
 * Creates the error for a response that is not a success, in either dialect.
 *
 * @param fieldConfig the error may repeat its fields and options.
 */
export function errorFromResponse(
  call: Call,
  response: HttpResponse,
  fieldConfig?: FieldConfig,
): PersonaError {
  const { status } = response;
  const { message, issues, mentionsPersona } = parseErrorBody(call, response, fieldConfig);
  const reason = message === undefined ? '' : `: ${message}`;
  /** Creates an error whose message begins with the status. */
  const error = <E extends PersonaError, const Details extends object>(
    ErrorClass: new (message: string, details: PersonaErrorDetails & { status: number } & Details) => E,
    text: string,
    details: Details = {} as Details,
  ) => callError(ErrorClass, call, `failed with ${status || 'a redirect'}${text}`, { status, ...details });
  const unexpectedStatusError = (text: string) =>
    error(PersonaResponseError, text, { code: 'unexpected_status', issues });

  if (status >= 500) {
    const { attempts } = call.progress;
    const retryAfterMs = parseRetryAfterMs(response);
    // The message never quotes the body, which can contain SQL and personal data.
    return wrapsBadRequest(response)
      ? error(PersonaServerError, ': the service could not parse the request.', {
          code: 'rejected_input',
          retryAfterMs,
        })
      : error(PersonaServerError, ` after ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}.`, {
          retryAfterMs,
        });
  }
  if (isUnauthorized(response))
    return error(
      PersonaAuthenticationError,
      `${reason}. The service requires a valid token. Set \`auth\`, log in again, or check the credentials.`,
    );
  switch (status) {
    case 400:
    case 422:
      return error(
        PersonaValidationError,
        `${reason}${issues.length > 0 ? `: ${formatIssues(issues)}` : ''}.`,
        { code: 'rejected_input', issues },
      );
    case 403:
      return error(PersonaPermissionError, `${reason}. This user lacks the permission.`);
    case 404: {
      const { personaId } = call;
      return personaId !== undefined && mentionsPersona
        ? new PersonaNotFoundError(
            `${describeCall(call)}: persona ${personaId} does not exist.${appliedHint(call)}`,
            { ...errorDetails(call), personaId },
          )
        : error(
            PersonaResponseError,
            ": there is no such route. Check baseUrl, apiVersion, the option `dialect` ('auto', 'subresource' or 'attributes'), and any proxy in front of the service.",
            { code: 'route_not_found' },
          );
    }
    case 409:
    case 412:
      return error(PersonaConflictError, `${reason}.`);
    case 429:
      return error(PersonaRateLimitError, ': too many requests.', {
        retryAfterMs: parseRetryAfterMs(response),
      });
    case 304:
      return unexpectedStatusError(
        ', although the client sent no condition. Check the caches between the client and the service.',
      );
    default:
      return unexpectedStatusError(
        status < 400
          ? '. The client does not follow redirects, because they could send tokens to another origin. Set baseUrl to the service itself.'
          : `${reason}.`,
      );
  }
}

/**
 * Converts the error of another request, such as a token refresh, to an error of the waiting call.
 *
 * @param advice a sentence to add, which starts with a space.
 */
export function wrapUpstreamError(call: Call, error: unknown, advice = ''): unknown {
  if (!(error instanceof PersonaError) || error === call.signal.reason) return error;
  const outcome = call.progress.attempts > 0 ? 'could not be sent again' : 'could not be sent';
  const reason = toSafeText(error.message, MAX_REASON_BYTES); // the advice must fit, too
  const message = `${describeCall(call)} ${outcome}: ${reason}${advice}${appliedHint(call)}`;
  return copyError(error, message, { ...errorDetails(call), cause: error });
}

interface ErrorBody {
  readonly message: string | undefined;
  readonly issues: readonly PersonaIssue[];
  readonly mentionsPersona: boolean;
}

/** Parses the error body of either dialect. */
function parseErrorBody(call: Call, response: HttpResponse, fieldConfig?: FieldConfig): ErrorBody {
  const body: Record<string, unknown> = Object(response.body);
  const text = findErrorMessage(response);
  const sanitizer = createSanitizer(call, fieldConfig);
  return {
    message: (text && sanitizer.sanitize(text)) || undefined,
    issues: [...parseFieldIssues(body.errors, sanitizer), ...parseSentenceIssues(body.details, sanitizer)],
    // A gateway that lacks the route responds with a 404 that does not name a persona.
    mentionsPersona: text !== undefined && /\bpersona\b/i.test(text),
  };
}

const GENERIC_ISSUE = 'rejected by the service';
/** An error body may contain millions of issues. The error shows at most this many. */
const MAX_ISSUES = 20;

/**
 * Parses `{"age": ["too old"]}`. The reasons for a nested object may be field names: `{"demographic": ["age"]}`, those for
 * a list may be positions: `{"interests": ["0"]}`.
 */
function parseFieldIssues(errors: unknown, sanitizer: MessageSanitizer): PersonaIssue[] {
  if (typeof errors !== 'object' || errors === null) return [];
  const issues: PersonaIssue[] = [];
  for (const key in errors) {
    if (issues.length >= MAX_ISSUES) break;
    if (!Object.hasOwn(errors, key)) continue;
    const field = sanitizer.isDisplayableName(key) ? key : '…';
    const toIssue = (reason: unknown): PersonaIssue => {
      if (typeof reason !== 'string') return { path: [field], message: GENERIC_ISSUE };
      if (sanitizer.isSentField(reason)) return { path: [field, reason], message: GENERIC_ISSUE };
      const message = sanitizer.sanitize(reason);
      if (/^\d+$/.test(message)) return { path: [field, Number(message)], message: GENERIC_ISSUE };
      return { path: [field], message: message || GENERIC_ISSUE };
    };
    issues.push(...takeList((errors as Record<string, unknown>)[key]).map(toIssue));
  }
  return issues;
}

/** Returns the first elements of a list, or a list of a single value. */
const takeList = (value: unknown): unknown[] => (Array.isArray(value) ? value.slice(0, MAX_ISSUES) : [value]);

/** A field name in quotes, or at the start of a sentence. */
const FIELD_IN_SENTENCE = /['"`]([a-z][\w.]*)['"`]|^([a-z][\w.]*)(?=\s*:|\s+(?:must|is|should|has)\b)/i;

/** Parses one sentence of the `attributes` dialect, or a list of them. */
function parseSentenceIssues(details: unknown, sanitizer: MessageSanitizer): PersonaIssue[] {
  return takeList(details)
    .filter((sentence) => typeof sentence === 'string')
    .map((sentence) => {
      const match = FIELD_IN_SENTENCE.exec(sentence);
      const path = (match?.[1] ?? match?.[2])?.split('.') ?? [];
      return {
        path: path.every((name) => sanitizer.isSentField(name)) ? path : [],
        message: sanitizer.sanitize(sentence) || GENERIC_ISSUE,
      };
    });
}
