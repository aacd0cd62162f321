import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import type { Dispatcher } from 'undici';

/** One request, as the client's pipeline hands it on: plain data in, plain data out. */
interface Request {
  readonly method: Dispatcher.HttpMethod;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

interface Received {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly bytes: Uint8Array;
}

/** The part of an AbortSignal that matters here. */
interface Abortable {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: () => void, options: { once: true }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** What a client looks for on the `fetch` that it is given. */
export const TRANSPORT = Symbol.for('persona-client.transport');

/** What undici's own fetch says of itself, where the application says nothing else. */
const DEFAULT_HEADERS = { 'user-agent': 'undici', 'accept-encoding': 'gzip, br' };

/**
 * Requests by undici's `dispatch`, without the Request, the Response and the streams that a fetch has to make. At most
 * `maxBytes` are read, and unpacked.
 */
export const dispatchTransport = (dispatcher: Dispatcher, connections: number) => {
  const transport = (
    { method, url, headers, body }: Request,
    signal: Abortable,
    maxBytes: number,
  ): Promise<Received> =>
    new Promise((resolve, reject) => {
      const pathAt = url.indexOf('/', url.indexOf('//') + 2); // URLs of the client are whole, and have no fragment
      const chunks: Buffer[] = [];
      let length = 0;
      let status = 0;
      let headersIn: HeadersIn = {};
      let begun: Dispatcher.DispatchController | undefined;

      const abort = () => begun?.abort(reasonOf(signal));
      signal.addEventListener('abort', abort, { once: true });

      const handler: Dispatcher.DispatchHandler = {
        onRequestStart: (controller) => {
          begun = controller;
          if (signal.aborted) abort();
        },
        onResponseStart: (_, statusCode, its) => {
          status = statusCode;
          headersIn = its;
        },
        onResponseData: (controller, chunk) => {
          length += chunk.length;
          if (length > maxBytes) controller.abort(tooLarge(status));
          else chunks.push(chunk);
        },
        onResponseEnd: () => {
          signal.removeEventListener('abort', abort);
          const packed = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, length);
          const get = (name: string) => asText(headersIn[name]);
          const answer = (bytes: Uint8Array) => resolve({ status, headers: { get }, bytes });
          const failed = (error: unknown) =>
            reject(Object(error).code === 'ERR_BUFFER_TOO_LARGE' ? tooLarge(status) : broken(error));
          const unpack = length > 0 && UNPACK.get(get('content-encoding')?.trim().toLowerCase() ?? '');
          if (unpack) unpack(packed, { maxOutputLength: maxBytes }).then(answer, failed);
          else answer(packed);
        },
        onResponseError: (_, error) => {
          signal.removeEventListener('abort', abort);
          reject(error);
        },
      };
      dispatcher.dispatch(
        {
          origin: url.slice(0, pathAt),
          path: url.slice(pathAt),
          method,
          body: body ?? null,
          headers: { ...DEFAULT_HEADERS, ...headers },
        },
        handler,
      );
    });
  return Object.assign(transport, { connections });
};

type HeadersIn = Record<string, string | string[] | undefined>;

const asText = (value: string | string[] | undefined): string | null =>
  Array.isArray(value) ? value.join(', ') : (value ?? null);

const reasonOf = ({ reason }: Abortable): Error =>
  reason instanceof Error ? reason : new Error('aborted', { cause: reason });

type Unpack = (packed: Buffer, bound: { readonly maxOutputLength: number }) => Promise<Buffer>;

const unzip: Unpack = promisify(zlib.unzip);

/** By the encoding's name. What makes more than the bound is given up as soon as it does. */
const UNPACK = new Map<string, Unpack>([
  ['gzip', unzip],
  ['x-gzip', unzip],
  ['deflate', unzip],
  ['br', promisify(zlib.brotliDecompress)],
]);
if (zlib.zstdDecompress) UNPACK.set('zstd', promisify(zlib.zstdDecompress)); // from Node 22.15 on

/** What the client takes for an answer past its bound. */
const tooLarge = (status: number): Error =>
  Object.assign(new Error('the answer is too large'), { name: 'TooLarge', status });

/** As fetch tells it: the body broke on its way. */
const broken = (cause: unknown): TypeError => new TypeError('terminated', { cause });
