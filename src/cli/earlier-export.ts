import { existsSync } from 'node:fs';
import { parseIsoTime } from '../core/iso-time.js';
import type { PersonaClient } from '../index.js';
import { InputError } from './errors.js';
import { getErrorCode } from './report-error.js';
import { detectFormat } from './rows/index.js';
import { readIdentities } from './rows/read-identities.js';

/** The next export starts this long before the newest update of the earlier one: see `report.nextUpdatedSince`. */
const OVERLAP_MS = 60_000;

/** The update time at which an export starts, and the file of the earlier export if `--since` names one. */
export interface Since {
  /** ISO 8601 in UTC. */
  readonly time: string;
  readonly file?: string;
}

/**
 * Resolves the option `--since`: a time, or the file of an earlier export.
 *
 * The first row of an export is the persona that was the newest when the export started. Later rows can be newer, because
 * personas change while an export runs.
 *
 * @throws {InputError} if it is neither, or if the file has no personas.
 */
export async function resolveSince(text: string): Promise<Since> {
  const timeMs = parseIsoTime(text);
  if (!Number.isNaN(timeMs)) return { time: new Date(timeMs).toISOString() };
  if (!existsSync(text))
    throw new InputError(
      `--since ${text} is neither a file nor a time. A time is ISO 8601 with a time zone, such as 2024-01-31T12:00:00Z. Nothing was sent.`,
    );
  for await (const { updatedMs } of readIdentities(text, detectFormat(text, undefined)))
    return { time: new Date(Math.min(updatedMs, Date.now()) - OVERLAP_MS).toISOString(), file: text };
  throw new InputError(
    `${text} has no personas. Pass the file of an earlier export, or a time. Nothing was sent.`,
  );
}

/** Returns the ids of the personas in the file of an export. */
export async function readIds(file: string): Promise<Set<number>> {
  const ids = new Set<number>();
  for await (const { id } of readIdentities(file, detectFormat(file, undefined))) ids.add(id);
  return ids;
}

interface Deletions {
  /** In ascending order. */
  readonly ids: readonly number[];
  /** Whether all other ids are proven to exist. */
  readonly complete: boolean;
}

/**
 * Finds out which of these personas the service no longer has, with a scan of the whole list.
 *
 * If the list changed during the scan, or hides rows, the function requests each persona that the scan did not see.
 */
export async function findDeleted(
  client: PersonaClient,
  ids: Iterable<number>,
  signal: AbortSignal,
): Promise<Deletions> {
  const missing = new Set(ids);
  const iterator = client.personas.iterate({}, { signal, priority: 'background' });
  for await (const { id } of iterator) missing.delete(id);
  const candidates = [...missing].sort((a, b) => a - b);
  if (iterator.report.complete) return { ids: candidates, complete: true };
  const deleted: number[] = [];
  let complete = true;
  for (const id of candidates)
    try {
      await client.personas.get(id, { signal, cache: 'no-store' });
    } catch (error) {
      const code = getErrorCode(error);
      if (code === 'not_found') deleted.push(id);
      else if (code === 'server_error')
        complete = false; // the service hides this persona
      else throw error;
    }
  return { ids: deleted, complete };
}
