import type { McpServer, StandardSchemaWithJSON } from '@modelcontextprotocol/server';
import { allowsAny } from './client-like.js';
import { ToolInputError } from './errors.js';
import { createPrompts, describePrompt, type Prompt } from './prompt-definitions.js';
import { accessDenied, withProtocolErrors } from './protocol-errors.js';
import type { SharedState } from './shared-state.js';
import { findIssues, toJsonSchema } from './standard-schema.js';
import type { Tool } from './tools/types.js';

/**
 * Registers the prompts.
 *
 * A prompt is neither listed nor available if the client denies its operation, or if its tool is not offered.
 *
 * @returns the names of all prompts.
 */
export function registerPrompts(
  server: McpServer,
  state: SharedState,
  tools: readonly Tool[],
): readonly string[] {
  const prompts = createPrompts(state).map((prompt) => ({
    prompt,
    unavailableError: findUnavailableError(prompt, state, tools),
  }));
  for (const { prompt, unavailableError } of prompts) registerPrompt(server, prompt, unavailableError);
  const availablePrompts = prompts.filter(({ unavailableError }) => unavailableError === undefined);
  server.server.setRequestHandler('prompts/list', () => ({
    prompts: availablePrompts.map(({ prompt }) => describePrompt(prompt)),
  }));
  return prompts.map(({ prompt }) => prompt.name);
}

function findUnavailableError(
  { name, operation, requiredTool }: Prompt,
  { client }: SharedState,
  tools: readonly Tool[],
): Error | undefined {
  if (!allowsAny(client, [operation])) return accessDenied();
  if (requiredTool === undefined || tools.some((tool) => tool.name === requiredTool)) return undefined;
  return new ToolInputError(
    `The prompt ${name} needs the tool ${requiredTool}, which this server does not offer. Do not retry; tell the user.`,
  );
}

function registerPrompt(
  server: McpServer,
  { name, schema, render }: Prompt,
  unavailableError: Error | undefined,
): void {
  const argsSchema: StandardSchemaWithJSON = {
    '~standard': {
      version: 1,
      vendor: 'persona-client',
      validate: (value) => ({ value }),
      jsonSchema: { input: () => toJsonSchema(schema), output: () => toJsonSchema(schema) },
    },
  };
  server.registerPrompt(name, { argsSchema }, (args, { mcpReq: { signal } }) =>
    withProtocolErrors(async () => {
      if (unavailableError) throw unavailableError;
      const issues = findIssues(schema, args);
      if (issues.length > 0)
        throw new ToolInputError(
          `Invalid arguments: ${issues.map(({ path, message }) => [...path, message].join(': ')).join('; ')}`,
        );
      const text = await render(args as Readonly<Record<string, string>>, signal);
      return { messages: [{ role: 'user', content: { type: 'text', text } }] };
    }),
  );
}
