import { toSafeText } from './safe-text.js';

/*
 * The `cause` of an error is never an error object of a platform. Node's parser error contains the bytes of the response, for example,
 * and they can repeat tokens and passwords. The client creates a new error from the few fields that contain no data.
 */

/** The fields of a system error that contain no data, and what its code means. */
interface SystemError {
  readonly name: string;
  readonly code: string | undefined;
  readonly syscall: string | undefined;
  /** The code, or a message of this package. */
  readonly reason: string | undefined;
  readonly message: string;
  /** The code or the system call proves that the connection was not ready for a request. */
  readonly notSent: boolean;
}

/** Property of an error that contains a message of this package. The pooled transport sets it. */
const REASON = Symbol.for('persona-client.reason');

const MAX_CAUSE_DEPTH = 4;
/** Node.js prints the causes of an uncaught error. So an application's error with more text is replaced. */
const MAX_APPLICATION_TEXT = 500;
/** What a cause adds to the text: the first of its frames, because Node.js omits those of the error above it. */
const FRAMES_TEXT = 100;
/** Maximum number of frames of a cause, because Node.js prints them, too. Enough to find the function of the application. */
const MAX_FRAMES = 5;

/** What a code means, and whether it proves that nothing was sent. The first match counts. */
const SYSTEM_ERRORS: readonly (readonly [code: RegExp, message: string, notSent?: true])[] = [
  [/^(?:ECONNREFUSED|ConnectionRefused|FailedToOpenSocket)$/, 'The connection was refused.', true],
  [/^(?:ENOTFOUND$|EAI_)/, 'The host was not found.', true],
  [/^EADDRNOTAVAIL$/, 'No local address is available.', true],
  [/^(?:UND_ERR_CONNECT_TIMEOUT|UND_ERR_CLOSED)$/, 'There is no connection.', true],
  [/^(?:CERT_|ERR_TLS_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_)/, 'The certificate was rejected.', true],
  [/TIMED?_?OUT/i, 'The connection timed out.'],
  [/SSL|PROTO/, 'The TLS connection failed.'],
  [/^HPE_|HTTP|LENGTH/i, 'The response is not valid HTTP.'],
  [/RESET|EPIPE|SOCKET|CLOSED/i, 'The connection was closed.'],
];
const OMITTED = 'The message is omitted, because it may contain data.';

/**
 * Returns the system errors in an error and its causes. An `AggregateError` contains one per address that was tried.
 *
 * Does not compare classes, because an error can come from another realm.
 */
export function findSystemErrors(error: unknown, depth = 0): SystemError[] {
  if (depth > MAX_CAUSE_DEPTH) return [];
  const { name, code, syscall, errors, cause, [REASON]: reason } = Object(error);
  if (Array.isArray(errors)) return errors.flatMap((inner) => findSystemErrors(inner, depth + 1));
  if (typeof code !== 'string') return cause ? findSystemErrors(cause, depth + 1) : [];
  const [, message = OMITTED, isNotSent = false] =
    SYSTEM_ERRORS.find(([pattern]) => pattern.test(code)) ?? [];
  const notSent = isNotSent || syscall === 'connect';
  const words = { name: toWord(name) ?? 'Error', code: toWord(code), syscall: toWord(syscall) };
  return [{ ...words, reason: reason ?? words.code, message: reason ?? message, notSent }];
}

/**
 * Returns the error, or a new one if reading it throws, as with a getter or a revoked proxy. Call this for each error of a function
 * of the application, before any other use.
 */
export function toReadable(error: unknown): unknown {
  try {
    String(Object(Object(error).cause).message);
    isFrameworkError(error);
    textLength(error);
    sanitizePlatformError(error, true);
    return error;
  } catch {
    return new Error(OMITTED);
  }
}

/** Returns a name or code. Any other text could be data. */
const toWord = (value: unknown): string | undefined =>
  typeof value === 'string' && /^\w{1,64}$/.test(value) ? value : undefined;

/**
 * Builds a new error with the name, code and system call of an error, and a fixed message.
 *
 * @param keepsFrames whether the stack keeps the positions in the code, which show where a function of the application failed.
 * @param applicationMessage the message of an error that the application created.
 */
export function sanitizePlatformError(
  error: unknown,
  keepsFrames = false,
  applicationMessage?: string,
): Error {
  const {
    name = toWord(Object(error).name) ?? 'Error',
    message: fixedMessage = OMITTED,
    code,
    syscall,
  } = findSystemErrors(error)[0] ?? {};
  const message = applicationMessage ?? fixedMessage;
  const frames = keepsFrames ? findFrames(Object(error)).slice(0, MAX_FRAMES) : [];
  const rebuilt = new Error(message);
  Object.defineProperty(rebuilt, 'name', { value: name });
  rebuilt.stack = [`${name}: ${message}`, ...frames].join('\n');
  return Object.assign(rebuilt, code && { code }, syscall && { syscall });
}

/** Returns the lines of the stack that are positions in the code. A line of the message can look like one. */
function findFrames({ stack, message }: { readonly stack?: unknown; readonly message?: unknown }): string[] {
  const messageEnd = message ? `: ${message}\n` : '\n';
  const [header = '', ...rest] = String(stack).split(messageEnd);
  return /^[\w [\]]*(?:: )?$/.test(header)
    ? (rest.join(messageEnd).match(/^ +at .*:\d+:\d+\)?$/gm) ?? [])
    : [];
}

/**
 * Returns the `cause` for an error that a function of the application threw, such as its `fetch` or `getToken`.
 *
 * That is the error itself if the application certainly created it. Otherwise, it is a new one, because the function may have
 * passed on a platform error. An error with much text is replaced by a new one with the start of its message.
 */
export function sanitizeCause(error: unknown): unknown {
  const length = textLength(error);
  if (length <= MAX_APPLICATION_TEXT) return error;
  const message = String(Object(error).message ?? error);
  const isFromApplication = Number.isFinite(length);
  return sanitizePlatformError(
    error,
    true,
    isFromApplication ? toSafeText(message, MAX_APPLICATION_TEXT) : undefined,
  );
}

/** Codes of Node and undici. */
const SYSTEM_CODE = /^(?:E[A-Z0-9]+$|(?:[A-Z]+_)?ERR_|HPE_)/;

/**
 * Returns the length of the messages and properties of an error and its causes. Returns `Infinity` unless the application
 * certainly created the error.
 *
 * The class must be `Error` or a class that is not a global of the platform. The properties must contain no system code, no
 * raw `data` and no object. The causes must meet the same conditions.
 *
 * @param length the length of the errors above this one. If it is too long, causes do not count.
 */
function textLength(error: unknown, length = 0): number {
  if (length > MAX_APPLICATION_TEXT) return length;
  if (Object(error) !== error) return length + String(error).length; // not an object, such as a string
  const isForeign =
    !(error instanceof Error) || (error.constructor !== Error && error.constructor.name in globalThis);
  if (isForeign) return Number.POSITIVE_INFINITY; // `TypeError: … is an invalid header value` quotes the value
  let sum = length + FRAMES_TEXT + String(error.message).length;
  for (const key of Reflect.ownKeys(error)) {
    const value = error[key as keyof Error] as unknown;
    if (key === 'cause') sum = textLength(value, sum);
    else if (Object(value) === value || key === 'data' || (key === 'code' && SYSTEM_CODE.test(String(value))))
      sum = Number.POSITIVE_INFINITY;
    else if (key !== 'message' && key !== 'stack') sum += `${String(key)}${String(value)}`.length;
  }
  return sum;
}

/**
 * Whether a framework threw this error to control its rendering. Such an error must reach the framework unchanged. Next.js marks
 * most of them with `digest`. The error of a page with `dynamic = 'error'` has only a code.
 */
export const isFrameworkError = (error: unknown): boolean =>
  typeof Object(error).digest === 'string' || Object(error).code === 'NEXT_STATIC_GEN_BAILOUT';
