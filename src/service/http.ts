import { renderJson } from './json/render.js';

/**
 * Size limit of a request body, which protects the memory of this process. The service responds with 413 to a larger body.
 *
 * Real services set no limit. A proxy in front of them may set one.
 */
const MAX_BODY_BYTES = 16 * 1024 * 1024;

/** A request as plain data, so that sockets and in-process calls run the same code. */
export interface ServiceRequest {
  readonly method: string;
  /** The path as sent, neither decoded nor normalized, without the query. */
  readonly path: string;
  /** The query without the question mark. Empty if there is no query. */
  readonly query: string;
  /** Header names are lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: RequestBody;
  /** Aborts when the client disconnects before it gets a response. */
  readonly signal: AbortSignal;
}

/** A request body. `text` is empty if the body is larger than {@link MAX_BODY_BYTES}, or not UTF-8. */
interface RequestBody {
  readonly text: string;
  readonly isTooLarge: boolean;
}

/** A complete response. Header names are lower case. */
export interface ServiceResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** The result of a request: a complete response, or less if a fault applies. */
export type ResponseOutcome =
  | { readonly kind: 'response'; readonly response: ServiceResponse }
  /** The connection ends without a response. */
  | { readonly kind: 'reset' }
  /** The connection ends after status, headers, and `bodyBytes` bytes of the body. */
  | { readonly kind: 'truncated'; readonly response: ServiceResponse; readonly bodyBytes: number }
  /** The service sends status and headers, and then nothing. */
  | { readonly kind: 'stall'; readonly response: ServiceResponse };

/** Handles a request, and returns its outcome. */
export type RequestHandler = (request: ServiceRequest) => Promise<ResponseOutcome>;

/** Creates a JSON response. The body is one line and ends with a line feed, as in real services. */
export function jsonResponse(status: number, value: unknown): ServiceResponse {
  return { status, headers: { 'content-type': 'application/json' }, body: `${renderJson(value)}\n` };
}

export const HTML_TYPE = 'text/html; charset=utf-8';

/** Creates an HTML error page as the web framework of real services does. */
export function htmlErrorPage(status: number, title: string, text: string): ServiceResponse {
  const body = `<!doctype html>\n<html lang=en>\n<title>${status} ${title}</title>\n<h1>${title}</h1>\n<p>${text}</p>\n`;
  return { status, headers: { 'content-type': HTML_TYPE }, body };
}

/**
 * Decodes the percent signs of a path once, before routing. Slashes at the start become one.
 *
 * Bytes that are not UTF-8 become U+FFFD.
 */
export const decodePath = (path: string): string => decodePercents(path).replace(/^\/+/, '/');

function decodePercents(path: string): string {
  if (!/[%\u0080-\uffff]/.test(path)) return path;
  const bytes: number[] = [];
  for (let index = 0; index < path.length; index += 1) {
    const hex = /^%([0-9a-f]{2})/i.exec(path.slice(index, index + 3))?.[1];
    bytes.push(hex === undefined ? path.charCodeAt(index) : Number.parseInt(hex, 16)); // Node reads a path byte by byte
    if (hex !== undefined) index += 2;
  }
  return new TextDecoder().decode(new Uint8Array(bytes));
}

export const encodeBody = (body: string | Uint8Array): Uint8Array =>
  typeof body === 'string' ? new TextEncoder().encode(body) : body;

/** Returns the first `maxBytes` bytes of a body, but never its last byte. */
export const truncateBytes = (body: Uint8Array, maxBytes: number): Uint8Array =>
  body.slice(0, Math.min(maxBytes, body.length - 1));

/** Reads a body to its end. Discards the text if the body is larger than {@link MAX_BODY_BYTES}, or not UTF-8. */
export async function readBody(chunks: AsyncIterable<Uint8Array>): Promise<RequestBody> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let sizeBytes = 0;
  let text: string | undefined = '';

  function append(chunk?: Uint8Array): void {
    if (text === undefined) return;
    try {
      text += decoder.decode(chunk, { stream: chunk !== undefined });
    } catch {
      text = undefined;
    }
  }

  for await (const chunk of chunks) {
    sizeBytes += chunk.byteLength;
    if (sizeBytes > MAX_BODY_BYTES) text = undefined;
    append(chunk);
  }
  append();
  return { text: text ?? '', isTooLarge: sizeBytes > MAX_BODY_BYTES };
}
