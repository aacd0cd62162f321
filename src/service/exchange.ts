/** The largest request body that is read; a larger one is answered with 413. */
export const MAX_BODY_BYTES = 1024 * 1024;

/** A request as it came in, over a socket or in process: plain data, so that both ways run the same code. */
export interface Received {
  readonly method: string;
  /** As sent, neither decoded nor normalised, without the query. */
  readonly path: string;
  /** Without the question mark; empty when there is none. */
  readonly query: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body;
  /** Aborts when the client goes away before it was answered. */
  readonly signal: AbortSignal;
}

/** `text` is empty when the body was larger than {@link MAX_BODY_BYTES}. */
export interface Body {
  readonly text: string;
  readonly tooLarge: boolean;
}

/** A complete answer. Header names are lower case. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** What the client gets to see: mostly an answer; with a fault, less than one. */
export type Outcome =
  | { readonly kind: 'answer'; readonly answer: Answer }
  /** The connection ends without an answer. */
  | { readonly kind: 'reset' }
  /** Status, headers and `bytes` bytes of the body, then the connection ends. */
  | { readonly kind: 'cut'; readonly answer: Answer; readonly bytes: number }
  /** Status and headers, then silence. */
  | { readonly kind: 'stall'; readonly answer: Answer };

export type Answerer = (received: Received) => Promise<Outcome>;

/** JSON with a line feed at its end, as the service writes it. */
export function jsonAnswer(status: number, value: unknown): Answer {
  return { status, headers: { 'content-type': 'application/json' }, body: `${JSON.stringify(value)}\n` };
}

/** An HTML error page of the framework under the service. */
export function htmlAnswer(status: number, title: string, text: string): Answer {
  const body = `<!doctype html>\n<html lang=en>\n<title>${status} ${title}</title>\n<h1>${title}</h1>\n<p>${text}</p>\n`;
  return { status, headers: { 'content-type': 'text/html; charset=utf-8' }, body };
}

export const bytesOf = (body: string | Uint8Array): Uint8Array =>
  typeof body === 'string' ? new TextEncoder().encode(body) : body;

/** The first `count` bytes of a body that is cut: never all of them. */
export const cutBytes = (whole: Uint8Array, count: number): Uint8Array =>
  whole.slice(0, Math.min(count, whole.length - 1));

/** Reads a body to its end, keeping no more than {@link MAX_BODY_BYTES} of it. */
export async function readBody(chunks: AsyncIterable<Uint8Array>): Promise<Body> {
  const decoder = new TextDecoder();
  let size = 0;
  let text = '';
  for await (const chunk of chunks) {
    size += chunk.byteLength;
    text = size > MAX_BODY_BYTES ? '' : text + decoder.decode(chunk, { stream: true });
  }
  const tooLarge = size > MAX_BODY_BYTES;
  return { text: tooLarge ? '' : text + decoder.decode(), tooLarge };
}
