import type { RequestStateCodec } from '@modelcontextprotocol/server';
import type { Changes } from './changes.js';
import type { PersonaClientLike } from './client-like.js';
import type { Fields } from './fields.js';

/** When `delete_persona` asks the user first. */
export type Confirm = 'auto' | 'always' | 'never';

/** What a question to the user was about, sealed while it is away with the client. */
export interface Question {
  readonly delete: number;
  /** The persona's `updated_at`: what was confirmed is what is deleted. */
  readonly version: string;
}

/** What all connections of one server share. */
export interface House {
  readonly client: PersonaClientLike;
  readonly fields: () => Promise<Fields>;
  readonly changes: Changes;
  readonly confirm: Confirm;
  readonly questions: RequestStateCodec<Question>;
}
