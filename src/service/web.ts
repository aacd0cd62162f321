import { type Answer, type Answerer, bytesOf, cutBytes, readBody } from './exchange.js';
import { onAbort } from './signals.js';

const WITHOUT_BODY = [204, 205, 304];

async function* chunksOf(request: Request): AsyncGenerator<Uint8Array> {
  if (request.body === undefined) yield new Uint8Array(await request.arrayBuffer()); // Firefox has no stream of it
  const reader = request.body?.getReader();
  while (reader !== undefined) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

function responseOf({ status, headers, body }: Answer, method: string, stream?: ReadableStream): Response {
  const empty = method === 'HEAD' || WITHOUT_BODY.includes(status);
  // Bytes, for a string would bring a content type of its own.
  return new Response(empty ? null : (stream ?? new Uint8Array(bytesOf(body))), { status, headers });
}

function cutStream(bytes: Uint8Array): ReadableStream {
  let sent = bytes.length === 0;
  return new ReadableStream({
    pull(controller) {
      if (sent) controller.error(new TypeError('terminated'));
      else controller.enqueue(bytes);
      sent = true;
    },
  });
}

function stalledStream(signals: readonly AbortSignal[]): ReadableStream {
  let release = () => {};
  return new ReadableStream({
    start(controller) {
      release = onAbort(signals, (reason) => controller.error(reason));
    },
    cancel: () => release(),
  });
}

/** The service as `fetch`, without a socket. `closing` ends what is still under way. */
export function createFetch(answer: Answerer, closing: AbortSignal) {
  return async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    const { method } = request;
    const signals = [request.signal, closing];
    const gone = new AbortController();
    const unlink = onAbort(signals, (reason) => gone.abort(reason));
    try {
      for (const signal of signals) signal.throwIfAborted();
      const { pathname, search } = new URL(request.url);
      const outcome = await answer({
        method,
        path: pathname,
        query: search.slice(1),
        headers: Object.fromEntries(request.headers),
        body: await readBody(chunksOf(request)),
        signal: gone.signal,
      });
      gone.signal.throwIfAborted();
      if (outcome.kind === 'reset') throw new TypeError('fetch failed: the connection was reset');
      if (outcome.kind === 'stall') return responseOf(outcome.answer, method, stalledStream(signals));
      if (outcome.kind === 'answer') return responseOf(outcome.answer, method);
      const kept = cutBytes(bytesOf(outcome.answer.body), outcome.bytes);
      return responseOf(outcome.answer, method, cutStream(kept));
    } finally {
      unlink();
    }
  };
}
