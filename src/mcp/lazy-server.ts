import type { McpServerFactory } from '@modelcontextprotocol/server';
import { assertOptions } from '../core/assert-options.js';
import { ChangeEmitter, type PersonaChange } from './change-emitter.js';
import { OPTION_RULES, type PersonaMcpOptions, resolveConfirmMode, selectTools } from './options.js';

/**
 * A server factory for the entry points of the MCP SDK: `serveStdio(server)` and `createMcpHandler(server)`.
 *
 * They create one instance per connection or request. All instances share the client, the field definitions and the
 * change listeners.
 */
export interface PersonaMcpServer extends McpServerFactory {
  /**
   * Listens to the writes that the tools of this server make.
   *
   * @returns a function that removes the listener.
   */
  onChange(listener: (change: PersonaChange) => void): () => void;
}

/**
 * Creates an MCP server for a client, with tools, resources and prompts.
 *
 * Supports protocol revision 2026-07-28 and all earlier revisions. Loads the MCP SDK for the first connection. Sends
 * nothing to the service before the first request from an MCP client.
 *
 * @throws {TypeError} for an unknown or invalid option, tool name or `confirm` mode.
 * @example
 * ```ts
 * import { serveStdio } from '@modelcontextprotocol/server/stdio';
 *
 * const client = PersonaClient.fromEnv();
 * serveStdio(createPersonaMcpServer({ client, readOnly: true }));
 * ```
 */
export function createPersonaMcpServer(options: PersonaMcpOptions): PersonaMcpServer {
  assertOptions('createPersonaMcpServer', Object(options), OPTION_RULES, 'client');
  const tools = selectTools(options);
  resolveConfirmMode(options); // reports an unknown mode now
  const changes = new ChangeEmitter();
  let factoryPromise: Promise<McpServerFactory> | undefined;
  const factory: McpServerFactory = async (context) => {
    factoryPromise ??= import('./server.js').then(({ createServerFactory, createSharedState }) =>
      createServerFactory(createSharedState(options, changes), tools),
    );
    return (await factoryPromise)(context);
  };
  return Object.assign(factory, {
    onChange: (listener: (change: PersonaChange) => void) => changes.on(listener),
  });
}
