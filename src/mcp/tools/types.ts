import type {
  InputRequiredResult,
  inputRequired,
  inputResponse,
  ServerContext,
} from '@modelcontextprotocol/server';
import type * as z from 'zod/mini';
import type { Operation } from '../../index.js';
import type { FieldDefinitions } from '../fields.js';
import type { SharedState } from '../shared-state.js';
import type { JsonSchema } from '../standard-schema.js';

/** The context of a tool call. */
export interface ToolContext {
  /** Aborts when the MCP client cancels the call or disconnects. */
  readonly signal: AbortSignal;
  /** Whether the MCP client supports elicitation, so that the tool can ask the user. */
  readonly canElicit: boolean;
  readonly serverContext: ServerContext;
  /** Functions of the MCP SDK, which tools cannot import: the SDK loads after them, with the first connection. */
  readonly sdk: {
    readonly inputRequired: typeof inputRequired;
    readonly inputResponse: typeof inputResponse;
  };
}

/** The result of a tool. The server sends it as text and as structured content. */
export type ToolOutput = Readonly<Record<string, unknown>>;

/** Hints for MCP clients. All four are required, because the defaults of the protocol assume the worst case. */
export interface ToolAnnotations {
  readonly readOnlyHint: boolean;
  readonly destructiveHint: boolean;
  readonly idempotentHint: boolean;
  readonly openWorldHint: boolean;
}

/** A tool of the MCP server. */
export interface Tool<Args = unknown> {
  readonly name: string;
  readonly title: string;
  /** Tells a model when to use the tool, what it returns, and which tool to call next. */
  readonly description: string;
  readonly annotations: ToolAnnotations;
  /** The operations that the tool may call. The server offers the tool if the client allows at least one of them. */
  readonly operations: readonly Operation[];
  /** Validates the arguments, after `coerce()`. */
  readonly inputSchema: z.ZodMiniType;
  /** The input in `tools/list`, with the fields of the deployment. @default `inputSchema` */
  readonly describeInput?: (fields: FieldDefinitions) => z.ZodMiniType;
  readonly outputSchema: JsonSchema;
  readonly run: (
    args: Args,
    state: SharedState,
    context: ToolContext,
  ) => Promise<ToolOutput | InputRequiredResult>;
}

/** Defines a tool with typed arguments. The server validates the arguments with the input schema before it calls `run`. */
export const defineTool = <Args>(tool: Tool<Args>): Tool => tool as Tool;

export const READ_ONLY: ToolAnnotations = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
};

/** Adds stored data. A repeated call adds more. */
export const ADDITIVE: ToolAnnotations = {
  readOnlyHint: false,
  destructiveHint: false,
  idempotentHint: false,
  openWorldHint: false,
};

/** Overwrites or deletes stored data. */
export const DESTRUCTIVE: ToolAnnotations = {
  readOnlyHint: false,
  destructiveHint: true,
  idempotentHint: true,
  openWorldHint: false,
};
