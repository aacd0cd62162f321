import type { Persona } from '../../schemas/persona.js';
import type { IterationCheckpoint } from './checkpoint.js';

/** Options of `personas.iterate`. */
export interface IterateOptions {
  /** Rows per request, 1 to 1000. @default 100 */
  perPage?: number | undefined;
  /**
   * The maximum number of scans. The iterator scans the list again if the list changed during the last scan, or if that
   * scan did not see every persona. @default 3
   */
  maxScans?: number | undefined;
  /** Skips the personas that an earlier iteration yielded. @default none */
  checkpoint?: IterationCheckpoint | undefined;
  /**
   * Yields only personas that were updated at this time of the service's clock or later: a `Date`, or an ISO 8601 string
   * with a time zone. The list is sorted by update time, so the iterator reads only the pages with these personas.
   *
   * To read all changes since the last iteration, pass its `report.nextUpdatedSince`: see
   * `docs/guides/incremental-reads.md`.
   *
   * @default all personas
   */
  updatedSince?: Date | string | undefined;
}

/** Options of `personas.toArray`. */
export interface ToArrayOptions extends Pick<IterateOptions, 'perPage' | 'maxScans' | 'updatedSince'> {
  /** The maximum number of personas. @default all */
  limit?: number | undefined;
}

/** An async iterator over all personas. */
export interface PersonaIterator<P = Persona> extends AsyncGenerator<P, void, void> {
  /** The current state of the iteration. The object changes while the iteration runs. */
  readonly report: IterationReport;
  /**
   * Returns a checkpoint. Pass the checkpoint to `iterate({ checkpoint })` to continue later.
   *
   * The checkpoint includes the current persona, so finish processing that persona before you call this method.
   */
  checkpoint(): IterationCheckpoint;
}

/**
 * Why an iteration did not see every persona.
 *
 * - `changed`: other clients kept writing, so rows moved during each scan. Iterate again later.
 * - `hidden`: the service counts personas that none of its pages contains, or rows without a usable id, name or
 *   timestamps. Iterating again does not help. Look for the cause in the logs or the database of the service.
 * - `repeated`: pages repeat rows instead of showing others, although the list did not change. The service or a proxy may
 *   ignore the page parameter, or several servers behind one address may disagree.
 * - `undercounted`: the service counts fewer personas than its list contains. The iterator read pages until one
 *   was not full, and cannot tell whether that was the last one.
 */
export type IncompleteReason = 'changed' | 'hidden' | 'repeated' | 'undercounted';

/** The statistics of an iteration. */
export interface IterationReport {
  /** The number of yielded personas. */
  readonly yielded: number;
  /** The number of rows that a scan read more than once, because writes moved rows between pages, or pages repeat. */
  readonly duplicates: number;
  /** The number of scans of the list, including the current one. */
  readonly scans: number;
  /** The number of all personas, from the last response of the service. `updatedSince` does not change it. */
  readonly total: number;
  /**
   * The number of personas that the service counted, but the last finished scan did not see. Consecutive scans of an unchanged
   * list count as one. With `updatedSince`, the number covers only the pages that the scan had to read. 0 until a scan has
   * finished.
   */
  readonly unseen: number;
  /**
   * Whether the iterator saw every persona while the list did not change. If `true`, the iterator yielded every persona that
   * existed throughout the iteration. With `updatedSince`, this applies to the personas that were updated since then.
   */
  readonly complete: boolean;
  /**
   * Pass this time as `updatedSince` to the next iteration, which then yields every later change. Set when a scan has finished.
   * The time is one minute before the newest update at the start of this iteration, because some writes become visible late.
   * If this iteration did not see all readable personas, the time is the `updatedSince` of this iteration. Absent if the next
   * iteration must read everything, for example if `updatedSince` was absent and the list changed during every scan. With a
   * checkpoint, the start is that of the iteration that made the checkpoint.
   */
  readonly nextUpdatedSince?: string;
  /** Why the last finished scan was not complete. Absent if it was, and until a scan has finished. */
  readonly incompleteReason?: IncompleteReason;
}

/** A report that the running iteration updates. */
export type MutableReport = { -readonly [Key in keyof IterationReport]: IterationReport[Key] };
