import type { Persona } from '../../schemas/persona.js';
import { PersonaError, type PersonaErrorDetails } from './persona-error.js';

/**
 * `personas.toArray` could not read every persona, although the list did not change. The code is `incomplete_list`.
 *
 * `personas` contains the personas that the call read. The property is not part of `toJSON` and of logs, because it holds
 * personal data. Repeating the call does not help. `reason` says where to look.
 *
 * @example
 * ```ts
 * const personas = await client.personas.toArray().catch((error) => {
 *   if (!(error instanceof PersonaIncompleteListError)) throw error;
 *   console.warn(`${error.unseen} of ${error.total} personas are ${error.reason}`);
 *   return error.personas;
 * });
 * ```
 */
export class PersonaIncompleteListError<P = Persona> extends PersonaError {
  static override get kind(): string {
    return 'PersonaIncompleteListError';
  }

  /** The personas that the call read. */
  declare readonly personas: readonly P[];
  /** The number of personas that the service counts. */
  readonly total: number;
  /** The number of personas of `total` that no page contained. */
  readonly unseen: number;
  /**
   * `hidden`: the service counts personas that its pages do not contain, or contain without a usable id, name or
   * timestamps. `repeated`: pages repeat rows, for example because a proxy drops the query string.
   */
  readonly reason: 'hidden' | 'repeated';
  constructor(
    message: string,
    details: PersonaErrorDetails & {
      readonly personas: readonly P[];
      readonly total: number;
      readonly unseen: number;
      readonly reason: 'hidden' | 'repeated';
    },
  ) {
    super(message, { code: 'incomplete_list', ...details });
    const { personas } = details;
    // Logs and inspection do not show what a getter returns. A private field would not work behind a Proxy.
    Object.defineProperty(this, 'personas', { get: () => personas });
    this.total = details.total;
    this.unseen = details.unseen;
    this.reason = details.reason;
  }
}
