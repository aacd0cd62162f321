import { captureCallSite, withCaller } from '../core/call-site.js';
import type { AnyAttributes, Persona, PersonaClientLike } from '../index.js';
import { currentTimestamp, type EraseOptions, type ErasureReceipt, erase } from './erase.js';
import type { AnyBulkClient, BulkClient } from './operation.js';
import { type PurgeOptions, type PurgeReport, purge } from './purge.js';

type PrivacyClient = BulkClient & Pick<PersonaClientLike, 'withMeta'>;
type AnyPrivacyClient = AnyBulkClient & Pick<PersonaClientLike<AnyAttributes>, 'withMeta'>;

/** Everything that the service stores about a persona, as plain JSON. */
export interface PersonaExport {
  /** Marks the file as an export of this package. */
  readonly format: 'persona-client/export';
  /** Version of this format. It changes only if existing readers would misread the data. */
  readonly version: 1;
  /** When the persona was exported: ISO 8601, by the local clock. */
  readonly exported_at: string;
  /**
   * The persona, without the values in `invalid_fields`. Pass this object to `personas.create` to restore the persona under
   * a new id.
   */
  readonly persona: Persona;
  /** Stored values that break the contract. `persona` does not contain them. Absent if there are none. */
  readonly invalid_fields?: readonly { readonly path: readonly string[]; readonly value?: unknown }[];
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
   * Clears these entries even if the persona does not exist. Cannot clear the caches of other clients and processes, or the
   * service's backups.
   *
   * Reads the persona before each attempt to delete it. Some services give the id of a deleted persona to the next one, so
   * the client sends another attempt only if `created_at` is the same. The service has no conditional delete: if another
   * persona gets the id between this read and the deletion, the wrong persona is deleted.
   *
   * @throws {PersonaValidationError} if an option is unknown or invalid. Nothing is sent.
   * @throws {PersonaResponseError} if the service still returns the persona.
   * @throws {PersonaError} if a request fails. `maybeApplied` tells whether the persona may have been deleted.
   */
  erase(id: number, options?: EraseOptions): Promise<ErasureReceipt>;
  /**
   * Deletes every persona whose timestamp is before `olderThan`.
   *
   * Reads each persona again right before its deletion. Skips the persona if its timestamp is now too recent. If the id now
   * belongs to another persona, keeps that persona. The service has no conditional delete: an update between this read and
   * the deletion is lost. If another persona gets the id in that time, the wrong persona is deleted.
   *
   * @throws {PersonaValidationError} if an option is unknown or invalid. Nothing is sent.
   * @example
   * ```ts
   * const report = await privacy.purge({ olderThan: '2025-01-01T00:00:00Z', dryRun: true });
   * console.log(report.matched);
   * ```
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
export function createPrivacy(anyClient: AnyPrivacyClient): Privacy {
  const client = anyClient as PrivacyClient;
  const privacy: Privacy = {
    export: (id, options) =>
      withCaller(captureCallSite(privacy.export), () => exportPersona(client, id, options)),
    erase: (id, options) => withCaller(captureCallSite(privacy.erase), () => erase(client, id, options)),
    purge: (options) => {
      const site = captureCallSite(privacy.purge);
      return withCaller(site, () => purge(client, options, site));
    },
  };
  return privacy;
}

async function exportPersona(
  client: PrivacyClient,
  id: number,
  options: { signal?: AbortSignal } | undefined,
): Promise<PersonaExport> {
  const { data, meta } = await client.withMeta.personas.get(id, { ...options, cache: 'no-store' });
  const invalidFields = meta.invalidFields.map(({ path, value }) => ({ path, value }));
  return {
    format: 'persona-client/export',
    version: 1,
    exported_at: currentTimestamp(),
    persona: data,
    ...(invalidFields.length > 0 && { invalid_fields: invalidFields }),
  };
}
