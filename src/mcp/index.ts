/**
 * `persona-client/mcp`: an MCP server for the Persona Service.
 *
 * Requires `@modelcontextprotocol/server`. The command `persona-client mcp` requires no other package.
 *
 * @module persona-client/mcp
 */
export type * from './independent.js';
export { createPersonaMcpServer, type PersonaMcpServer } from './lazy-server.js';
export { listenMcpHttp, listenMcpSocket, TcpClientTransport } from './transports/index.js';
