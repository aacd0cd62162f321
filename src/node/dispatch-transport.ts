import type { Dispatcher } from 'undici';
import { decodeBody } from './decode-body.js';
import type { FindProxy } from './proxy.js';
import { ProxyError } from './proxy-error.js';

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
  readonly content: string;
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
 * @param findProxy finds the proxies that `dispatcher` uses.
 */
export const createDispatchTransport = (
  dispatcher: Dispatcher,
  connections: number,
  findProxy?: FindProxy,
) => {
  const transport = (
    { method, url, headers, body }: TransportRequest,
    signal: AbortSignalLike,
    maxBytes: number,
    onSend?: () => void,
    onStatus?: (status: number) => void,
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
          else onSend?.();
        },
        onResponseStart: (responseController, statusCode, receivedHeaders) => {
          if (statusCode === PROXY_AUTHENTICATION_REQUIRED && findProxy) {
            const proxy = findProxy(new URL(url));
            if (proxy) {
              responseController.abort(new ProxyError(`the proxy ${proxy.name} responded with 407`));
              return;
            }
          }
          status = statusCode;
          onStatus?.(status);
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
          const succeed = (decoded: Buffer) =>
            resolve({ status, headers: { get }, content: decoded.toString() });
          const fail = (error: unknown) =>
            reject(Object(error).code === 'ERR_BUFFER_TOO_LARGE' ? tooLargeError(status, maxBytes) : error);
          const contentEncoding = totalBytes > 0 && get('content-encoding');
          if (contentEncoding) decodeBody(bytes, contentEncoding, maxBytes).then(succeed, fail);
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
          // The client bounds each attempt. Timers of undici would discard what arrived while the process was suspended.
          headersTimeout: 0,
          bodyTimeout: 0,
        },
        handler,
      );
    });
  const describeRoute = (url: string): string => {
    const proxy = findProxy?.(new URL(url));
    return proxy ? `through the proxy ${proxy.name}` : 'to the service';
  };
  return Object.assign(transport, { connections, describeRoute });
};

const PROXY_AUTHENTICATION_REQUIRED = 407;

type ResponseHeaders = Record<string, string | string[] | undefined>;

const joinHeader = (value: string | string[] | undefined): string | null =>
  Array.isArray(value) ? value.join(', ') : (value ?? null);

const abortError = ({ reason }: AbortSignalLike): Error =>
  reason instanceof Error ? reason : new Error('aborted', { cause: reason });

/** Creates the error for a response that exceeds `maxBytes`. The client recognizes it by its `name`. */
const tooLargeError = (status: number, maxBytes: number): Error =>
  Object.assign(
    new Error(`the response is larger than ${maxBytes} bytes. If you expect that, raise maxResponseBytes.`),
    { name: 'UnusableResponseError', status },
  );
