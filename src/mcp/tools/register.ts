import {
  CLIENT_CAPABILITIES_META_KEY,
  type ClientCapabilities,
  inputRequired,
  inputResponse,
  isInputRequiredResult,
  type McpServer,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { describeError } from '../errors.js';
import { toPortableSchema } from '../portable-schema.js';
import { toSafeJson } from '../sanitize-text.js';
import type { SharedState } from '../shared-state.js';
import { toJsonSchema, toStandardInput, toStandardOutput } from '../standard-schema.js';
import type { Tool } from './types.js';

/**
 * Creates the result of `tools/list`. The input schemas contain the fields of the deployment. While these are unknown, no
 * MCP client may cache the result.
 */
export async function listTools(tools: readonly Tool[], state: Pick<SharedState, 'fields'>) {
  const fields = await state.fields.loadBriefly();
  return {
    tools: tools.map(
      ({ name, title, description, annotations, inputSchema, describeInput, outputSchema }) => ({
        name,
        title,
        description,
        inputSchema: {
          ...toPortableSchema(toJsonSchema(describeInput?.(fields) ?? inputSchema)),
          type: 'object' as const,
        },
        outputSchema: { ...outputSchema, type: 'object' as const },
        annotations,
      }),
    ),
    ...(fields.sections === undefined && { ttlMs: 0 }),
  };
}

/** Registers a tool. Its errors become results with `isError`, which a model can read. */
export function registerTool(server: McpServer, tool: Tool, state: SharedState): void {
  const { name, title, description, annotations } = tool;
  const schemas = {
    inputSchema: toStandardInput(tool.inputSchema),
    outputSchema: toStandardOutput(tool.outputSchema),
  };
  server.registerTool(name, { title, description, annotations, ...schemas }, async (args, serverContext) => {
    const { signal } = serverContext.mcpReq;
    const sdk = { inputRequired, inputResponse };
    const context = { signal, canElicit: canElicit(server, serverContext), serverContext, sdk };
    try {
      const output = await tool.run(args, state, context);
      if (isInputRequiredResult(output)) return output;
      return { content: [{ type: 'text', text: toSafeJson(output) }], structuredContent: { ...output } };
    } catch (error) {
      return { content: [{ type: 'text', text: describeError(error) }], isError: true };
    }
  });
}

/**
 * Whether the MCP client can show a form to its user. Legacy clients declare this capability once per connection, modern
 * clients with every request.
 */
function canElicit({ server }: McpServer, { mcpReq }: ServerContext): boolean {
  const envelope = mcpReq.envelope as { [CLIENT_CAPABILITIES_META_KEY]?: ClientCapabilities } | undefined;
  const { elicitation } = envelope?.[CLIENT_CAPABILITIES_META_KEY] ?? server.getClientCapabilities() ?? {};
  if (elicitation === undefined) return false;
  return elicitation.form !== undefined || Object.keys(elicitation).length === 0;
}
