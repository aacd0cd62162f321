import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createMcpHandler, isLegacyRequest } from '@modelcontextprotocol/server';
import type { PersonaMcpServer } from '../server.js';
import { urisOf } from '../subscriptions.js';
import { bearerGuard, headerGuard } from './guards.js';
import { isLoopback } from './loopback.js';
import { Sessions } from './sessions.js';
import { type ListeningMcp, MAX_MESSAGE_BYTES, type Report } from './types.js';
import { bodyOf, headOf, send } from './web.js';

/** Where HTTP is served, and to whom. */
export interface HttpOptions {
  /** 0 for a free one. @default 8124 */
  readonly port?: number;
  /** Address to listen on. Others than loopback need `token` and `allowedHosts`. @default '127.0.0.1' */
  readonly host?: string;
  /** Names under which clients reach it, without the port; the `Host` and `Origin` of every request must be one. @default localhost and its addresses, on loopback */
  readonly allowedHosts?: readonly string[];
  /** What clients must send as `Authorization: Bearer`. Never passed on to the service. @default none */
  readonly token?: string;
}

const PATH = '/mcp';

/**
 * Serve Streamable HTTP at `/mcp`, in both eras: 2025 clients get sessions, so that they can be asked questions.
 * `GET /healthz` answers 200.
 *
 * @throws {TypeError} for an address that others can reach, without a token or without allowed hosts.
 * @example
 * ```ts
 * const { address, close } = await listenMcpHttp(createPersonaMcpServer({ client }), { port: 8124 });
 * console.error(address); // http://127.0.0.1:8124/mcp
 * ```
 */
export async function listenMcpHttp(
  server: PersonaMcpServer,
  { port = 8124, host = '127.0.0.1', allowedHosts = [], token }: HttpOptions = {},
  report: Report = () => undefined,
): Promise<ListeningMcp> {
  if (!isLoopback(host) && (!token || allowedHosts.length === 0))
    throw new TypeError(
      `Listening on ${host} opens the personas to the network. Give a token (PERSONA_MCP_TOKEN) and the allowed hosts, or listen on 127.0.0.1.`,
    );
  if (token === '') throw new TypeError('The token must not be empty.');
  const modern = createMcpHandler(server, { legacy: 'reject', onerror: report });
  const sessions = new Sessions(server, report);
  const headersOf = headerGuard(allowedHosts, isLoopback(host));
  const bearerOf = bearerGuard(token);
  const stop = server.onChange((change) => {
    for (const uri of urisOf(change)) modern.notify.resourceUpdated(uri);
    modern.notify.resourcesChanged();
  });

  const answer = async (incoming: IncomingMessage, signal: AbortSignal, finished: Promise<void>) => {
    const head = headOf(incoming, signal);
    const refused = headersOf(head);
    if (refused) return refused;
    const [pathname] = (incoming.url ?? '').split('?'); // as it was sent: nothing else is at this address
    if (pathname === '/healthz' && head.method === 'GET') return new Response('ok\n');
    if (pathname !== PATH) return new Response(`Not found. MCP is served at ${PATH}.\n`, { status: 404 });
    const unknown = bearerOf(head);
    if (unknown) return unknown;
    const body = head.method === 'POST' ? await bodyOf(incoming, MAX_MESSAGE_BYTES) : null;
    if (body === undefined) return new Response('The request is larger than 1 MiB.\n', { status: 413 });
    const request = new Request(head, { body });
    return (await isLegacyRequest(request)) ? sessions.handle(request, finished) : modern.fetch(request);
  };

  const listener = createServer((incoming, outgoing) => void exchange(incoming, outgoing, answer, report));
  listener.on('error', report);
  await listening(listener, port, host);
  return {
    address: `${urlOf(listener)}${PATH}`,
    close: async () => {
      stop();
      const closed = new Promise((resolve) => listener.close(resolve));
      await Promise.all([modern.close(), sessions.close()]);
      listener.closeAllConnections();
      await closed;
    },
  };
}

type Answering = (
  incoming: IncomingMessage,
  signal: AbortSignal,
  finished: Promise<void>,
) => Promise<Response>;

/** One request and its answer. Whatever fails ends here: an error thrown in a listener would end the process. */
async function exchange(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  answer: Answering,
  report: Report,
): Promise<void> {
  const gone = new AbortController();
  const finished = new Promise<void>((resolve) => {
    outgoing.once('close', () => {
      gone.abort(new Error('the client closed the connection'));
      resolve();
    });
  });
  try {
    await send(await answer(incoming, gone.signal, finished), outgoing);
  } catch (error) {
    report(error instanceof Error ? error : new Error(String(error)));
    if (outgoing.headersSent) outgoing.destroy();
    else outgoing.writeHead(400).end('Bad request.\n');
  }
}

function listening(listener: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    listener.once('error', reject);
    listener.listen(port, host, () => {
      listener.off('error', reject);
      resolve();
    });
  });
}

function urlOf(listener: Server): string {
  const address = listener.address();
  if (address === null || typeof address === 'string') return '';
  return `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`;
}
