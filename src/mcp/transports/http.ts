import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createMcpHandler, isLegacyRequest } from '@modelcontextprotocol/server';
import { isLoopbackHost } from '../../core/host-header.js';
import type { PersonaMcpServer } from '../lazy-server.js';
import { changedUris } from '../subscriptions.js';
import { createBearerGuard, createHeaderGuard } from './guards.js';
import { formatAddress, listen } from './listen.js';
import { SessionManager } from './sessions.js';
import { parseMessages } from './tolerant-json.js';
import { type ErrorHandler, type HttpOptions, MAX_MESSAGE_BYTES, type McpListener } from './types.js';
import { readRequestBody, sendResponse, toWebRequest } from './web-request.js';

const MCP_PATH = '/mcp';

/** Implements `listenMcpHttp()`. */
export async function listenHttp(
  server: PersonaMcpServer,
  { port = 8124, host = '127.0.0.1', allowedHosts = [], token }: HttpOptions,
  onError: ErrorHandler,
): Promise<McpListener> {
  if (!isLoopbackHost(host) && (!token || allowedHosts.length === 0))
    throw new TypeError(
      `Listening on ${host} exposes the personas to the network. Set a token (PERSONA_MCP_TOKEN) and the allowed hosts, or listen on 127.0.0.1.`,
    );
  if (token === '') throw new TypeError('The token must not be empty.');
  const modernHandler = createMcpHandler(server, { legacy: 'reject', onerror: onError });
  const sessions = new SessionManager(server, onError);
  const checkHeaders = createHeaderGuard(allowedHosts, isLoopbackHost(host));
  const checkToken = createBearerGuard(token);
  const removeListener = server.onChange((change) => {
    for (const uri of changedUris(change)) modernHandler.notify.resourceUpdated(uri);
    modernHandler.notify.resourcesChanged();
  });

  const handle: RequestHandler = async (incoming, signal, finished) => {
    const requestHead = toWebRequest(incoming, signal);
    const forbiddenResponse = checkHeaders(requestHead);
    if (forbiddenResponse) return forbiddenResponse;
    // Compares the path exactly as sent, because a URL parser would normalize paths such as `/x/../mcp`.
    const [pathname] = (incoming.url ?? '').split('?');
    if (pathname === '/healthz' && requestHead.method === 'GET') return new Response('ok\n');
    if (pathname !== MCP_PATH)
      return new Response(`Not found. MCP is served at ${MCP_PATH}.\n`, { status: 404 });
    const unauthorizedResponse = checkToken(requestHead);
    if (unauthorizedResponse) return unauthorizedResponse;
    const body = requestHead.method === 'POST' ? await readRequestBody(incoming, MAX_MESSAGE_BYTES) : null;
    if (body === undefined) return new Response('The request is larger than 1 MiB.\n', { status: 413 });
    const request = new Request(requestHead, { body: body && omitNullParams(body) });
    return (await isLegacyRequest(request))
      ? sessions.handle(request, finished)
      : modernHandler.fetch(request);
  };

  const httpServer = createServer((incoming, outgoing) => void respond(incoming, outgoing, handle, onError));
  await listen(httpServer, { port, host });
  httpServer.on('error', onError);
  return {
    address: `${listenerUrl(httpServer)}${MCP_PATH}`,
    close: async () => {
      removeListener();
      const closed = new Promise((resolve) => httpServer.close(resolve));
      await Promise.all([modernHandler.close(), sessions.close()]);
      httpServer.closeAllConnections();
      await closed;
    },
  };
}

/** Omits the `null` params of the messages in a body. Returns a body that is not JSON unchanged. */
function omitNullParams(body: Uint8Array<ArrayBuffer>): string | Uint8Array<ArrayBuffer> {
  const messages = parseMessages(new TextDecoder().decode(body));
  return messages === undefined ? body : JSON.stringify(messages);
}

type RequestHandler = (
  incoming: IncomingMessage,
  signal: AbortSignal,
  finished: Promise<void>,
) => Promise<Response>;

/** Handles one request. Never rejects, because an unhandled rejection would end the process. */
async function respond(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  handle: RequestHandler,
  onError: ErrorHandler,
): Promise<void> {
  const disconnectController = new AbortController();
  const finished = new Promise<void>((resolve) => {
    outgoing.once('close', () => {
      disconnectController.abort(new Error('The client closed the connection.'));
      resolve();
    });
  });
  try {
    await sendResponse(await handle(incoming, disconnectController.signal, finished), outgoing);
  } catch (error) {
    onError(error instanceof Error ? error : new Error(String(error)));
    if (outgoing.headersSent) outgoing.destroy();
    else outgoing.writeHead(400).end('Bad request.\n');
  }
}

function listenerUrl(httpServer: Server): string {
  const address = httpServer.address();
  return address === null || typeof address === 'string' ? '' : `http://${formatAddress(address)}`;
}
