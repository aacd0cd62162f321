import {
  type Persona,
  type PersonaClientLike,
  PersonaNotFoundError,
  PersonaResponseError,
} from '../index.js';
import { type PurgeOptions, type PurgeReport, purge } from './purge.js';

type Client = Pick<PersonaClientLike, 'personas' | 'withMeta'>;

/** All that the service holds about a persona, in a form that any program can read. */
export interface PersonaExport {
  readonly format: 'persona-client/export';
  /** Of this form. A change that old readers would misread gets another number. */
  readonly version: 1;
  /** ISO 8601, by the clock here. */
  readonly exported_at: string;
  /** As the service answered it just then. `personas.create` takes it back; id and times are given anew. */
  readonly persona: Persona;
}

/** What was done to erase a persona. Holds nothing of it but the id. */
export interface ErasureReceipt {
  readonly id: number;
  /** `false`: the service did not have it. */
  readonly existed: boolean;
  /** When the service had said that it is gone; ISO 8601, by the clock here. */
  readonly erased_at: string;
  /** When it was read back and not there; absent without `verify`. */
  readonly verified_at?: string;
  /** To find the requests by in the service's logs. */
  readonly request_ids: readonly string[];
}

/** How to erase. */
export interface EraseOptions {
  /** Read it back, past every cache, and want a 404. @default true */
  verify?: boolean;
  signal?: AbortSignal;
}

/** What data protection asks for, over one client. */
export interface Privacy {
  /**
   * Everything about a persona, read from the service, not from a cache.
   *
   * @throws {PersonaNotFoundError} when there is no such persona.
   */
  export(id: number, options?: { signal?: AbortSignal }): Promise<PersonaExport>;
  /**
   * Delete a persona, see that it is gone, and drop what the client's cache holds of it: the persona, its parts, and every list.
   * One that was not there is erased all the same. What other clients and processes hold in caches of their own is out of reach,
   * and so are the service's backups.
   *
   * @throws {PersonaResponseError} when it can still be read.
   * @throws {PersonaError} when the service could not be told or asked; `maybeApplied` says whether it may be gone.
   */
  erase(id: number, options?: EraseOptions): Promise<ErasureReceipt>;
  /**
   * Delete every persona that was not updated since a time. Each is read again right before: one updated meanwhile stays.
   * An update in the moment between that and the deletion is lost: the service deletes without conditions.
   *
   * @throws {PersonaValidationError} for an impossible option, before anything is sent.
   */
  purge(options: PurgeOptions): Promise<PurgeReport>;
}

/**
 * Data protection: export, erase and purge.
 *
 * @example
 * ```ts
 * const privacy = privacyOf(client);
 * const receipt = await privacy.erase(7);
 * console.log(receipt.erased_at);
 * ```
 */
export function privacyOf(client: Client): Privacy {
  return {
    export: async (id, options) => ({
      format: 'persona-client/export',
      version: 1,
      exported_at: now(),
      persona: await client.personas.get(id, { ...options, cache: 'no-store' }),
    }),
    erase: (id, options) => erase(client, id, options),
    purge: (options) => purge(client, options),
  };
}

const now = () => new Date().toISOString();

async function erase(
  client: Client,
  id: number,
  { verify = true, signal }: EraseOptions = {},
): Promise<ErasureReceipt> {
  const options = signal ? { signal } : {};
  const deletion = await orMissing(client.withMeta.personas.delete(id, options));
  const receipt = { id, existed: deletion.found, erased_at: now(), request_ids: [deletion.requestId] };
  if (!verify) return receipt;

  const back = await orMissing(client.withMeta.personas.get(id, { ...options, cache: 'no-store' }));
  if (back.found)
    throw new PersonaResponseError(
      `privacy.erase: persona ${id} was deleted, and the service still answers it. See request ${back.requestId} in its logs.`,
      { status: 200, maybeApplied: true },
    );
  return { ...receipt, verified_at: now(), request_ids: [deletion.requestId, back.requestId] };
}

async function orMissing(call: Promise<{ readonly meta: { readonly requestId: string } }>) {
  try {
    return { found: true, requestId: (await call).meta.requestId };
  } catch (error) {
    if (error instanceof PersonaNotFoundError) return { found: false, requestId: error.request?.id ?? '' };
    throw error;
  }
}
