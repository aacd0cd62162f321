/**
 * The transports of the MCP server: stdio, TCP, Unix sockets and Streamable HTTP. The listeners load the MCP SDK when they
 * are called, so that a program can import the TCP client without it.
 */
import { assertOptions, numberRule, type OptionRules, textRule } from '../../core/assert-options.js';
import type { PersonaMcpServer } from '../lazy-server.js';
import type { ErrorHandler, HttpOptions, McpListener, SocketOptions } from './types.js';

export { TcpClientTransport } from './tcp-client.js';

const HTTP_RULES: OptionRules<HttpOptions> = {
  port: numberRule(0),
  host: textRule,
  allowedHosts: [Array.isArray, 'must be an array of host names'],
  token: textRule,
};

/**
 * Serves MCP over Streamable HTTP at `/mcp`. `GET /healthz` responds with 200.
 *
 * Clients of protocol revision 2025-11-25 or earlier get sessions, which the server needs to ask for confirmation.
 *
 * @param onError Called with transport errors. @default ignores them
 * @throws {TypeError} for an unknown or invalid option, or an empty `token`. Also if `host` is not loopback and `token` or
 * `allowedHosts` is missing.
 * @example
 * ```ts
 * const { address, close } = await listenMcpHttp(createPersonaMcpServer({ client }), { port: 8124 });
 * console.error(address); // http://127.0.0.1:8124/mcp
 * ```
 */
export async function listenMcpHttp(
  server: PersonaMcpServer,
  options: HttpOptions = {},
  onError: ErrorHandler = () => undefined,
): Promise<McpListener> {
  assertOptions('listenMcpHttp', options, HTTP_RULES);
  const { listenHttp } = await import('./http.js');
  return listenHttp(server, options, onError);
}

/**
 * Serves MCP as JSON lines on a socket.
 *
 * TCP has no authentication, so the server listens on loopback only. Every program and user of the machine can connect.
 * Only the owner of a Unix socket can connect to the socket.
 *
 * @param options Where to listen. Port 0 chooses a free port.
 * @param onError Called with transport errors. @default ignores them
 * @throws {TypeError} for an unknown or invalid option, or a host that is not loopback.
 * @example
 * ```ts
 * const { address, close } = await listenMcpSocket(createPersonaMcpServer({ client }), { port: 8123 });
 * ```
 */
export async function listenMcpSocket(
  server: PersonaMcpServer,
  options: SocketOptions,
  onError: ErrorHandler = () => undefined,
): Promise<McpListener> {
  if ('path' in Object(options)) assertOptions('listenMcpSocket', options, { path: textRule });
  else assertOptions('listenMcpSocket', options, { port: numberRule(0), host: textRule });
  const { listenSocket } = await import('./socket.js');
  return listenSocket(server, options, onError);
}
