/** The transports of the MCP server: stdio, TCP, Unix sockets and Streamable HTTP. */
export { type HttpOptions, listenMcpHttp } from './http.js';
export { listenMcpSocket, type SocketOptions } from './socket.js';
export { TcpClientTransport } from './tcp-client.js';
export type { ErrorHandler, McpListener } from './types.js';
