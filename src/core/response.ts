/** What a transport brings, read to the end. Plain data: nothing to drain, clone or cancel. */
export interface TransportResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly bytes: Uint8Array;
}

const utf8 = new TextDecoder();

/** What came back. Its body is decoded when somebody first asks for it, and once. */
export class HttpResponse {
  readonly status: number;
  readonly headers: TransportResponse['headers'];
  #bytes: Uint8Array | undefined;
  #text = '';
  #body: unknown;

  constructor({ status, headers, bytes }: TransportResponse) {
    this.status = status;
    this.headers = headers;
    this.#bytes = bytes;
  }

  /** A byte order mark is dropped. */
  get text(): string {
    if (this.#bytes) {
      this.#text = utf8.decode(this.#bytes);
      this.#bytes = undefined;
    }
    return this.#text;
  }

  /** What the text stands for as JSON; nothing if it is none. The same object for all who ask. */
  get body(): unknown {
    this.#body ??= parsed(this.text);
    return this.#body;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** 401; or the JWT layer's 422, which has a `msg` where a validation error has `message` or `error` (wire contract). */
export function isUnauthorized(answer: HttpResponse): boolean {
  return answer.status === 401 || (answer.status === 422 && /^\s*\{\s*"msg"\s*:/.test(answer.text));
}

/**
 * A 500 in which the service wraps its own refusal of a malformed request (wire contract): nothing was done.
 * Further inside, the words may be a user's: a 500 can quote what was to be stored.
 */
export const wrapsBadRequest = (answer: HttpResponse): boolean =>
  answer.status === 500 && /"(?:error|message)"\s*:\s*"400 Bad Request\b/.test(answer.text);

/** The three forms of an HTTP date (RFC 9110, 5.6.7), all in GMT. */
const HTTP_DATE =
  /^(?:\w{3}, \d{2} \w{3} \d{4} \d{2}:\d{2}:\d{2} GMT|\w+day, \d{2}-\w{3}-\d{2} \d{2}:\d{2}:\d{2} GMT|\w{3} \w{3} [ \d]\d \d{2}:\d{2}:\d{2} \d{4})$/;

/** `Retry-After` in milliseconds from now; nothing where it is absent or makes no sense. */
export function retryAfterMs({ headers }: HttpResponse): number | undefined {
  const value = headers.get('retry-after')?.trim();
  if (value === undefined) return undefined;
  if (/^\d{1,10}$/.test(value)) return Number(value) * 1000;
  if (!HTTP_DATE.test(value)) return undefined;
  const at = Date.parse(value.endsWith('GMT') ? value : `${value} GMT`);
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}
