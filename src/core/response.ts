import { once } from '../schemas/once.js';
import { ignoreErrors } from './ignore-errors.js';

/** A response that was read completely. Plain data: there is no stream to drain, clone or cancel. */
export interface TransportResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  /** The body: bytes of UTF-8, or text. */
  readonly content: Uint8Array | string;
}

/** Created on first use: jsdom has no TextDecoder. */
const getDecoder = once(() => new TextDecoder());

/** Whether this runtime can decode bytes. */
export const canDecode = (): boolean => ignoreErrors(getDecoder) !== undefined;

/** A response that decodes and parses its body on first use. */
export class HttpResponse {
  readonly status: number;
  readonly headers: TransportResponse['headers'];
  #content: Uint8Array | string;
  #body: unknown;

  constructor({ status, headers, content }: TransportResponse) {
    this.status = status;
    this.headers = headers;
    this.#content = typeof content === 'string' ? content.replace(/^\ufeff/, '') : content;
  }

  /** The body as text, without a byte order mark. */
  get text(): string {
    if (typeof this.#content !== 'string') this.#content = getDecoder().decode(this.#content);
    return this.#content;
  }

  /** The parsed JSON body, or `undefined` if the body is not JSON. All callers share the parsed object. */
  get body(): unknown {
    this.#body ??= ignoreErrors(() => JSON.parse(this.text));
    return this.#body;
  }
}

/** Returns the message of an error body, in any format of the services and their JWT layer. */
export function findErrorMessage({ body }: HttpResponse): string | undefined {
  const { message, error, msg } = Object(body);
  return [message, error, msg].find((value) => typeof value === 'string');
}

/** The keys of an error body: of the JWT layer, of `attributes`, and of `subresource`. */
const ERROR_KEYS = /^(?:msg|(?:details,)?error|(?:errors,)?message,status_code)$/;

/**
 * Returns whether the service itself sent an error, by the keys of its body. A proxy in front of it sends HTML, nothing, or
 * JSON with other keys.
 */
export const isServiceError = (response: HttpResponse): boolean =>
  findErrorMessage(response) !== undefined &&
  ERROR_KEYS.test(Object.keys(Object(response.body)).slice(0, 4).sort().join()); // no error has 4 keys

/**
 * Returns `true` for 401, and for the 422 that the service sends for an invalid token.
 *
 * The body of that 422 has `msg`, where a validation error has `message` or `error`.
 */
export function isUnauthorized(response: HttpResponse): boolean {
  return response.status === 401 || (response.status === 422 && /^\s*\{\s*"msg"\s*:/.test(response.text));
}

/**
 * Returns `true` for a 500 that wraps the service's own 400 for a malformed request. Such a request had no effect.
 *
 * Only the start of the message counts: a 500 may quote user data, which may contain the same words.
 */
export const wrapsBadRequest = (response: HttpResponse): boolean =>
  response.status === 500 && /"(?:error|message)"\s*:\s*"400 Bad Request\b/.test(response.text);

/** The three formats of an HTTP date (RFC 9110, section 5.6.7), all in GMT. */
const HTTP_DATE =
  /^(?:\w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} GMT|\w+day, \d{2}-\w{3}-\d{2} \d{2}:\d{2}:\d{2} GMT|\w{3} \w{3} [ \d]\d \d{2}:\d{2}:\d{2} \d{4})$/;

/** A comma between two values, not the comma in a date. */
const VALUE_SEPARATOR = /,(?!\s*\d{2}[ -]\w{3}[ -]\d{2})/;

/**
 * Parses `Retry-After`, and rounds fractions of a second up. Of several values, the largest counts.
 *
 * @returns the delay in milliseconds, or `undefined` if the header has no valid value.
 */
export function parseRetryAfterMs({ headers }: HttpResponse): number | undefined {
  const values = headers.get('retry-after')?.split(VALUE_SEPARATOR) ?? [];
  const delaysMs = values.map(parseDelayMs).filter((delayMs) => delayMs !== undefined);
  return delaysMs.length > 0 ? Math.max(...delaysMs) : undefined;
}

/** More than 300 years. A larger number counts as this one, because it could not be added to a time. */
const MAX_DELAY_SECONDS = 1e10;

function parseDelayMs(value: string): number | undefined {
  const text = value.trim();
  if (/^\d+(?:\.\d+)?$/.test(text)) return Math.min(Math.ceil(Number(text)), MAX_DELAY_SECONDS) * 1000;
  if (!HTTP_DATE.test(text)) return undefined;
  const date = Date.parse(text.endsWith('GMT') ? text : `${text} GMT`);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}
