import type { InputRequiredResult, ServerContext } from '@modelcontextprotocol/server';
import type * as z from 'zod/mini';
import type { Operation } from '../../index.js';
import type { Fields } from '../fields.js';
import type { JsonSchema } from '../schema.js';
import type { House } from '../shared-state.js';

/** Who is calling, as far as a tool needs it. */
export interface Caller {
  /** Ends when the client cancels or leaves. */
  readonly signal: AbortSignal;
  /** The client can put a question to its user. */
  readonly canBeAsked: boolean;
  readonly context: ServerContext;
}

/** What a tool answers: told twice, as text and as structured content. */
export type Told = Readonly<Record<string, unknown>>;

/** All four, since the protocol's defaults are the dangerous ones. */
export interface Hints {
  readonly readOnlyHint: boolean;
  readonly destructiveHint: boolean;
  readonly idempotentHint: boolean;
  readonly openWorldHint: boolean;
}

export interface Tool<Args = unknown> {
  readonly name: string;
  readonly title: string;
  /** When to use it, what it gives, what to call next. */
  readonly description: string;
  readonly hints: Hints;
  /** What it calls, one of them: a client that allows none has no such tool. */
  readonly calls: readonly Operation[];
  readonly input: (fields: Fields) => z.ZodMiniType;
  readonly output: JsonSchema;
  readonly run: (args: Args, house: House, caller: Caller) => Promise<Told | InputRequiredResult>;
}

/** The arguments have passed the tool's own schema by the time it runs. */
export const tool = <Args>(definition: Tool<Args>): Tool => definition as Tool;

export const READS: Hints = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
};
export const CREATES: Hints = {
  readOnlyHint: false,
  destructiveHint: false,
  idempotentHint: false,
  openWorldHint: false,
};
/** What was there before is overwritten. */
export const CHANGES: Hints = {
  readOnlyHint: false,
  destructiveHint: true,
  idempotentHint: true,
  openWorldHint: false,
};
