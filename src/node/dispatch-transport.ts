import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import type { Dispatcher } from 'undici';

/** A request of the client's pipeline, as plain data. */
interface TransportRequest {
  readonly method: Dispatcher.HttpMethod;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

interface TransportResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly bytes: Uint8Array;
}

/** The members of AbortSignal that the transport uses. */
interface AbortSignalLike {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: () => void, options: { once: true }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** Key of the property that contains the transport of a `fetch` function. The client calls it instead of `fetch`. */
export const TRANSPORT = Symbol.for('persona-client.transport');

/** Headers that undici's fetch sends, too. Headers from the application override them. */
const DEFAULT_HEADERS = { 'user-agent': 'undici', 'accept-encoding': 'gzip, br' };

/**
 * Creates a transport that sends requests with undici's `dispatch`, without the Request, Response and stream objects of
 * `fetch`.
 *
 * The transport rejects a response that has more than `maxBytes`, before or after decompression.
 *
 * @param connections Maximum number of sockets per origin. The client reads it from the transport.
 */
export const createDispatchTransport = (dispatcher: Dispatcher, connections: number) => {
  const transport = (
    { method, url, headers, body }: TransportRequest,
    signal: AbortSignalLike,
    maxBytes: number,
  ): Promise<TransportResponse> =>
    new Promise((resolve, reject) => {
      const pathIndex = url.indexOf('/', url.indexOf('//') + 2); // the client's URLs are absolute and have no fragment
      const chunks: Buffer[] = [];
      let totalBytes = 0;
      let status = 0;
      let responseHeaders: ResponseHeaders = {};
      let controller: Dispatcher.DispatchController | undefined;

      const abort = () => controller?.abort(abortError(signal));
      signal.addEventListener('abort', abort, { once: true });

      const handler: Dispatcher.DispatchHandler = {
        onRequestStart: (requestController) => {
          controller = requestController;
          if (signal.aborted) abort();
        },
        onResponseStart: (_, statusCode, receivedHeaders) => {
          status = statusCode;
          responseHeaders = receivedHeaders;
        },
        onResponseData: (responseController, chunk) => {
          totalBytes += chunk.length;
          if (totalBytes > maxBytes) responseController.abort(tooLargeError(status, maxBytes));
          else chunks.push(chunk);
        },
        onResponseEnd: () => {
          signal.removeEventListener('abort', abort);
          const bytes = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, totalBytes);
          const get = (name: string) => joinHeader(responseHeaders[name]);
          const succeed = (decoded: Uint8Array) => resolve({ status, headers: { get }, bytes: decoded });
          const fail = (error: unknown) =>
            reject(Object(error).code === 'ERR_BUFFER_TOO_LARGE' ? tooLargeError(status, maxBytes) : error);
          const decompress =
            totalBytes > 0 && DECOMPRESSORS.get(get('content-encoding')?.trim().toLowerCase() ?? '');
          if (decompress) decompress(bytes, { maxOutputLength: maxBytes }).then(succeed, fail);
          else succeed(bytes);
        },
        onResponseError: (_, error) => {
          signal.removeEventListener('abort', abort);
          reject(error);
        },
      };
      dispatcher.dispatch(
        {
          origin: url.slice(0, pathIndex),
          path: url.slice(pathIndex),
          method,
          body: body ?? null,
          headers: { ...DEFAULT_HEADERS, ...headers },
          // The client bounds each attempt. Timers of undici would discard what arrived while the process was paused.
          headersTimeout: 0,
          bodyTimeout: 0,
        },
        handler,
      );
    });
  return Object.assign(transport, { connections });
};

type ResponseHeaders = Record<string, string | string[] | undefined>;

const joinHeader = (value: string | string[] | undefined): string | null =>
  Array.isArray(value) ? value.join(', ') : (value ?? null);

const abortError = ({ reason }: AbortSignalLike): Error =>
  reason instanceof Error ? reason : new Error('aborted', { cause: reason });

/** Decompresses a body. Rejects as soon as the output exceeds the limit. */
type Decompressor = (bytes: Buffer, limit: { readonly maxOutputLength: number }) => Promise<Buffer>;

const unzip: Decompressor = promisify(zlib.unzip);

/** Decompressors by content encoding. */
const DECOMPRESSORS = new Map<string, Decompressor>([
  ['gzip', unzip],
  ['x-gzip', unzip],
  ['deflate', unzip],
  ['br', promisify(zlib.brotliDecompress)],
]);
if (zlib.zstdDecompress) DECOMPRESSORS.set('zstd', promisify(zlib.zstdDecompress)); // Node 22.15 and later

/** Creates the error for a response that exceeds `maxBytes`. The client recognizes it by its `name`. */
const tooLargeError = (status: number, maxBytes: number): Error =>
  Object.assign(
    new Error(`the response is larger than ${maxBytes} bytes. If you expect that, raise maxResponseBytes.`),
    { name: 'UnusableResponseError', status },
  );
