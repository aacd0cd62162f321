import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { loadNodeBuiltin } from '../core/node-builtin.js';
import { removeBasePath, toClientBasePath } from './base-path.js';
import { createHostGuard } from './host-guard.js';
import {
  encodeBody,
  type RequestHandler,
  type ResponseOutcome,
  readBody,
  type ServiceRequest,
  type ServiceResponse,
  truncateBytes,
} from './http.js';
import type { ListenOptions } from './options.js';

/** An HTTP server that {@link PersonaService.listen} has started. */
export interface ServiceListener {
  /** Base URL, including the base path, for example `http://127.0.0.1:5050/gateway`. */
  readonly url: string;
  /** The port in use. Differs from the `port` option if the option is 0. */
  readonly port: number;
  /** Stops listening, and ends all connections, including stalled ones. The service stays open. */
  close(): Promise<void>;
  /** Calls `close`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Matches the scheme and the authority of an absolute request target. */
const ABSOLUTE_FORM = /^https?:\/\/([^/?#]*)/i;

/** Removes scheme and host from an absolute request target, which a server must accept: RFC 9112, section 3.2.2. */
function toOriginForm(target: string): string {
  const pathAndQuery = target.replace(ABSOLUTE_FORM, '');
  return pathAndQuery === target || pathAndQuery.startsWith('/') ? pathAndQuery : `/${pathAndQuery}`;
}

/** Returns the host of a request. The host of an absolute target replaces the header `Host`. */
const readHost = ({ url = '', headers }: IncomingMessage): string | undefined =>
  ABSOLUTE_FORM.exec(url)?.[1] ?? headers.host;

async function readRequest(
  incomingMessage: IncomingMessage,
  basePath: string,
  signal: AbortSignal,
): Promise<ServiceRequest> {
  const [target = '/'] = toOriginForm(incomingMessage.url ?? '/').split('#', 1);
  const queryIndex = target.indexOf('?');
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incomingMessage.headers)) {
    if (value !== undefined) headers[name] = typeof value === 'string' ? value : value.join(', ');
  }
  const path = queryIndex < 0 ? target : target.slice(0, queryIndex);
  return {
    method: incomingMessage.method ?? 'GET',
    path: removeBasePath(path, basePath),
    query: queryIndex < 0 ? '' : target.slice(queryIndex + 1),
    headers,
    body: await readBody(incomingMessage),
    signal,
  };
}

function sendHeaders(
  serverResponse: ServerResponse,
  { status, headers }: ServiceResponse,
  lengthBytes: number,
): void {
  serverResponse.writeHead(status, { ...(status !== 304 && { 'content-length': lengthBytes }), ...headers });
}

function send(serverResponse: ServerResponse, outcome: ResponseOutcome): void {
  if (outcome.kind === 'reset') {
    serverResponse.socket?.resetAndDestroy();
    return;
  }
  const bytes = encodeBody(outcome.response.body);
  sendHeaders(serverResponse, outcome.response, bytes.length);
  if (outcome.kind === 'response') {
    serverResponse.end(bytes);
    return;
  }
  serverResponse.flushHeaders();
  if (outcome.kind === 'stall') return;
  serverResponse.write(truncateBytes(bytes, outcome.bodyBytes));
  serverResponse.socket?.destroySoon();
}

async function handleMessage(
  handleRequest: RequestHandler,
  basePath: string,
  incomingMessage: IncomingMessage,
  serverResponse: ServerResponse,
): Promise<void> {
  const disconnectController = new AbortController();
  serverResponse.once('close', () => {
    if (!serverResponse.writableFinished) disconnectController.abort();
  });
  try {
    send(
      serverResponse,
      await handleRequest(await readRequest(incomingMessage, basePath, disconnectController.signal)),
    );
  } catch {
    serverResponse.destroy(); // The client has disconnected: the router catches all other errors.
  }
}

/** Encodes a path like a URL does, and removes dot segments and a slash at the end. */
const normalizePath = (path = ''): string => new URL(`http://localhost${path}`).pathname.replace(/\/+$/, '');

function explainListenError(error: NodeJS.ErrnoException, host: string, port: number): Error {
  if (error.code !== 'EADDRINUSE') return error;
  const message = `Port ${port} on ${host} is already in use. Stop the other program, or choose another port (0 selects a free one)`;
  return Object.assign(new Error(message, { cause: error }), { code: error.code });
}

/**
 * Starts an HTTP server with `node:http`.
 *
 * @throws {Error} if the port is in use, or the runtime does not have `node:http`.
 * @throws {TypeError} if an allowed host is not a host name.
 */
export async function startNodeServer(
  handleRequest: RequestHandler,
  options: ListenOptions,
): Promise<ServiceListener> {
  const { port = 5050, host = '127.0.0.1', keepAlive = true, allowedHosts = [] } = options;
  const urlPath = normalizePath(options.basePath);
  const basePath = toClientBasePath(urlPath);
  const checkHost = createHostGuard(host, allowedHosts);
  const http = loadNodeBuiltin('node:http');
  if (http === undefined)
    throw new Error('listen() needs Node.js 22.13 or later. On other runtimes, use service.fetch');
  const server = http.createServer((incomingMessage, serverResponse) => {
    if (!keepAlive) serverResponse.shouldKeepAlive = false;
    const response = checkHost(readHost(incomingMessage));
    if (response) return send(serverResponse, { kind: 'response', response });
    void handleMessage(handleRequest, basePath, incomingMessage, serverResponse);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(explainListenError(error, host, port)));
    server.listen(port, host, resolve);
  });
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  const actualPort = (server.address() as AddressInfo).port;
  const urlHost = host.includes(':') ? `[${host}]` : host;
  return {
    url: `http://${urlHost}:${actualPort}${urlPath}`,
    port: actualPort,
    close,
    [Symbol.asyncDispose]: close,
  };
}
