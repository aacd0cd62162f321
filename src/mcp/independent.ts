/** Types that use none of the MCP SDK. The package contains these declarations once, for both module formats. */
export type { PersonaChange } from './change-emitter.js';
export type { ServedClient } from './client-like.js';
export type { PersonaMcpOptions } from './options.js';
export type { ConfirmMode } from './shared-state.js';
export type { ErrorHandler, HttpOptions, McpListener, SocketOptions } from './transports/types.js';
