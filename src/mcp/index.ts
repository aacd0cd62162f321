/**
 * `persona-client/mcp`: an MCP server for the Persona Service.
 *
 * Requires `@modelcontextprotocol/server`. The command `persona-client mcp` requires no other package.
 *
 * @module persona-client/mcp
 */
export type { PersonaChange } from './change-emitter.js';
export type { ServedClient } from './client-like.js';
export { createPersonaMcpServer, type PersonaMcpServer } from './lazy-server.js';
export type { PersonaMcpOptions } from './options.js';
export type { ConfirmMode } from './shared-state.js';
export {
  type ErrorHandler,
  type HttpOptions,
  listenMcpHttp,
  listenMcpSocket,
  type McpListener,
  type SocketOptions,
  TcpClientTransport,
} from './transports/index.js';
