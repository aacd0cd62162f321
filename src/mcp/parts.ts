/**
 * The code of this folder that needs no MCP SDK and that code with the SDK imports.
 *
 * The MCP entry imports the installed SDK, and the command contains the SDK. They share `dist/mcp-parts.js`, which is built from this
 * file.
 */
export * from './change-emitter.js';
export * from './client-like.js';
export * from './errors.js';
export * from './fields.js';
export * from './fit-to-budget.js';
export * from './keyed-lock.js';
export * from './omitted-data.js';
export * from './options.js';
export * from './portable-schema.js';
export * from './prompt-definitions.js';
export * from './render.js';
export * from './sanitize-text.js';
export * from './sections.js';
export * from './standard-schema.js';
export * from './subscriptions.js';
export * from './tools/index.js';
export * from './transports/line-splitter.js';
export * from './transports/listen.js';
export * from './transports/pending-requests.js';
export * from './transports/tcp-client.js';
export * from './transports/tolerant-json.js';
export * from './transports/types.js';
export * from './transports/web-request.js';
export * from './version.js';
