/**
 * `persona-client/mcp`: the Persona Service as an MCP server. Needs `@modelcontextprotocol/server` beside it;
 * the command `persona-client mcp` needs nothing.
 *
 * @module persona-client/mcp
 */
export type { PersonaChange } from './changes.js';
export type { PersonaClientLike } from './client-like.js';
export type { PersonaMcpOptions } from './options.js';
export { createPersonaMcpServer, type PersonaMcpServer } from './server.js';
export type { Confirm } from './shared-state.js';
export { type HttpOptions, listenMcpHttp } from './transports/http.js';
export { listenMcpSocket, type SocketPlace } from './transports/socket.js';
export { TcpClientTransport } from './transports/tcp-client.js';
export type { ListeningMcp, Report } from './transports/types.js';
