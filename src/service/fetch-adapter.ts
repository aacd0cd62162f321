import { onFirstAbort } from './abort-signals.js';
import { removeAnyBasePath } from './base-path.js';
import { encodeBody, type RequestHandler, readBody, type ServiceResponse, truncateBytes } from './http.js';

const NULL_BODY_STATUSES = [204, 205, 304];

async function* readChunks(request: Request): AsyncGenerator<Uint8Array> {
  if (request.body === undefined) yield new Uint8Array(await request.arrayBuffer()); // Firefox has no request streams
  const reader = request.body?.getReader();
  while (reader !== undefined) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

function toFetchResponse(
  { status, headers, body }: ServiceResponse,
  method: string,
  stream?: ReadableStream,
): Response {
  const isEmpty = method === 'HEAD' || NULL_BODY_STATUSES.includes(status);
  // `new Response` with a string body would add a content type.
  return new Response(isEmpty ? null : (stream ?? new Uint8Array(encodeBody(body))), { status, headers });
}

function createTruncatedStream(bytes: Uint8Array): ReadableStream {
  let isSent = bytes.length === 0;
  return new ReadableStream({
    pull(controller) {
      if (isSent) controller.error(new TypeError('terminated'));
      else controller.enqueue(bytes);
      isSent = true;
    },
  });
}

function createStalledStream(signals: readonly AbortSignal[]): ReadableStream {
  let unsubscribe = () => {};
  return new ReadableStream({
    start(controller) {
      unsubscribe = onFirstAbort(signals, (reason) => controller.error(reason));
    },
    cancel: () => unsubscribe(),
  });
}

/**
 * Creates a `fetch` function that calls the service without a socket.
 *
 * @param closeSignal ends every pending request and stalled body when it aborts.
 */
export function createFetch(handleRequest: RequestHandler, closeSignal: AbortSignal) {
  return async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    const { method } = request;
    const signals = [request.signal, closeSignal];
    const disconnectController = new AbortController();
    const unsubscribe = onFirstAbort(signals, (reason) => disconnectController.abort(reason));
    try {
      for (const signal of signals) signal.throwIfAborted();
      const { pathname, search } = new URL(request.url);
      const outcome = await handleRequest({
        method,
        path: removeAnyBasePath(pathname),
        query: search.slice(1),
        headers: Object.fromEntries(request.headers),
        body: await readBody(readChunks(request)),
        signal: disconnectController.signal,
      });
      disconnectController.signal.throwIfAborted();
      if (outcome.kind === 'reset') throw new TypeError('fetch failed: the connection was reset');
      if (outcome.kind === 'stall')
        return toFetchResponse(outcome.response, method, createStalledStream(signals));
      if (outcome.kind === 'response') return toFetchResponse(outcome.response, method);
      const bytes = truncateBytes(encodeBody(outcome.response.body), outcome.bodyBytes);
      return toFetchResponse(outcome.response, method, createTruncatedStream(bytes));
    } finally {
      unsubscribe();
    }
  };
}
