import {
  type Persona,
  type PersonaClientLike,
  PersonaNotFoundError,
  PersonaResponseError,
} from '../index.js';
import { type PurgeOptions, type PurgeReport, purge } from './purge.js';

type PrivacyClient = Pick<PersonaClientLike, 'personas' | 'withMeta'>;

/** Everything that the service stores about a persona, as plain JSON. */
export interface PersonaExport {
  readonly format: 'persona-client/export';
  /** Version of this format. It changes only if existing readers would misread the data. */
  readonly version: 1;
  /** When the persona was exported: ISO 8601, by the local clock. */
  readonly exported_at: string;
  /** The persona as the service returned it. Pass this object to `personas.create` to restore the persona under a new id. */
  readonly persona: Persona;
}

/** Proof of an erasure. Contains no data of the persona except its id. */
export interface ErasureReceipt {
  readonly id: number;
  /** `false` if the service had no such persona. */
  readonly existed: boolean;
  /** When the service responded to the deletion, even with a 404: ISO 8601, by the local clock. */
  readonly erased_at: string;
  /** When a read confirmed that the persona is gone: ISO 8601, by the local clock. Absent with `verify: false`. */
  readonly verified_at?: string;
  /** The ids by which you find the requests in the service's logs. */
  readonly request_ids: readonly string[];
}

/** Options of `Privacy.erase`. */
export interface EraseOptions {
  /** Reads the persona back, bypassing every cache, and expects a 404. @default true */
  verify?: boolean;
  signal?: AbortSignal;
}

/** Data protection operations of one client. */
export interface Privacy {
  /**
   * Exports a persona. Reads it from the service, never from a cache.
   *
   * @throws {PersonaNotFoundError} if the persona does not exist.
   */
  export(id: number, options?: { signal?: AbortSignal }): Promise<PersonaExport>;
  /**
   * Deletes a persona and verifies that it is gone. Clears the persona, its categories and all lists from the client's cache.
   *
   * Clears these entries even if the persona does not exist. Cannot clear the caches of other clients and processes, or the service's
   * backups.
   *
   * @throws {PersonaResponseError} if the service still returns the persona.
   * @throws {PersonaError} if a request fails. `maybeApplied` tells whether the persona may be deleted.
   */
  erase(id: number, options?: EraseOptions): Promise<ErasureReceipt>;
  /**
   * Deletes every persona whose timestamp is before `olderThan`.
   *
   * Reads each persona again right before its deletion, and skips the persona if its timestamp is now too recent. The service has no
   * conditional delete, so an update between this read and the deletion is lost.
   *
   * @throws {PersonaValidationError} if an option is unknown or invalid. Nothing is sent.
   */
  purge(options: PurgeOptions): Promise<PurgeReport>;
}

/**
 * Creates the data protection operations of a client: export, erase and purge.
 *
 * @example
 * ```ts
 * const privacy = createPrivacy(client);
 * const receipt = await privacy.erase(7);
 * console.log(receipt.erased_at);
 * ```
 */
export function createPrivacy(client: PrivacyClient): Privacy {
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
  client: PrivacyClient,
  id: number,
  { verify = true, signal }: EraseOptions = {},
): Promise<ErasureReceipt> {
  const options = signal ? { signal } : {};
  const deletion = await allowNotFound(client.withMeta.personas.delete(id, options));
  const receipt = {
    id,
    existed: deletion.found,
    erased_at: now(),
    request_ids: [deletion.requestId],
  };
  if (!verify) return receipt;

  const read = await allowNotFound(client.withMeta.personas.get(id, { ...options, cache: 'no-store' }));
  if (read.found)
    throw new PersonaResponseError(
      `privacy.erase: the service still returns persona ${id} after the deletion. Look for request ${read.requestId} in the service's logs.`,
      { status: 200, maybeApplied: true },
    );
  return { ...receipt, verified_at: now(), request_ids: [deletion.requestId, read.requestId] };
}

async function allowNotFound(call: Promise<{ readonly meta: { readonly requestId: string } }>) {
  try {
    return { found: true, requestId: (await call).meta.requestId };
  } catch (error) {
    if (error instanceof PersonaNotFoundError) return { found: false, requestId: error.request?.id ?? '' };
    throw error;
  }
}
