import type { RequestStateCodec } from '@modelcontextprotocol/server';
import type { ChangeEmitter } from './change-emitter.js';
import type { ServedClient } from './client-like.js';
import type { FieldLoader } from './fields.js';
import type { KeyedLock } from './keyed-lock.js';

/** When `delete_persona` asks the user to confirm. */
export type ConfirmMode = 'auto' | 'always' | 'never';

/** A deletion that waits for the user's confirmation. The MCP client returns this state with the user's response. */
export interface ConfirmationState {
  readonly personaId: number;
  /** The persona's `updated_at`, so that only the version that the user confirmed is deleted. */
  readonly updatedAt: string;
}

/** State that all connections of a server share. */
export interface SharedState {
  readonly client: ServedClient;
  readonly fields: FieldLoader;
  /** Runs the writes of a persona one after the other, by id, because each write reads the persona first. */
  readonly lock: KeyedLock<number>;
  readonly changes: ChangeEmitter;
  readonly confirm: ConfirmMode;
  readonly confirmationCodec: RequestStateCodec<ConfirmationState>;
}
