import { parseIsoTime } from '../../core/iso-time.js';
import type { Persona } from '../../schemas/persona.js';
import type { IterationCheckpoint } from './checkpoint.js';

/**
 * The next iteration starts this long before the newest update at the start of this one.
 *
 * A write can become visible after its update time: it waits for the database, or comes from a server whose clock is behind.
 * SQLite waits up to 5 seconds.
 */
const OVERLAP_MS = 60_000;

/** Parses the option `updatedSince`. Returns -Infinity without a time, and NaN for an invalid one. */
export function parseUpdatedSince(since: unknown): number {
  if (since === undefined) return Number.NEGATIVE_INFINITY;
  return typeof since === 'string'
    ? parseIsoTime(since)
    : since instanceof Date
      ? since.getTime()
      : Number.NaN;
}

export const toUpdateMs = ({ updated_at }: Persona): number => Date.parse(updated_at);

/**
 * The time of the newest update, from the first row of the list. At most the current time: a time in the future comes from a wrong
 * clock, and later changes can have earlier times.
 */
export const newestUpdateMs = (firstRow: Persona): number => Math.min(toUpdateMs(firstRow), Date.now());

/**
 * The part of the list that an iteration reads: the personas that were updated since a time.
 *
 * The list is sorted by update time, newest first, and a write moves its persona to the front. So a scan ends at the first row
 * that is too old. The window compares milliseconds, so it includes all rows of the millisecond at which it begins.
 */
export class UpdateWindow {
  readonly sinceMs: number;
  /** A scan ends at the first row before this time. */
  #endMs: number;
  /** Start of this iteration, or of the one that made its checkpoint. NaN if the checkpoint has no time. */
  #startMs = Number.POSITIVE_INFINITY;
  #isCovered = false;
  #isSorted = true;

  constructor(sinceMs: number, checkpoint?: IterationCheckpoint) {
    this.sinceMs = this.#endMs = sinceMs;
    // The iteration does not yield personas of the checkpoint again, so the next one must read their changes since then.
    if (checkpoint?.idRanges.length) this.#startMs = Date.parse(checkpoint.startedAt ?? '');
  }

  includes(persona: Persona): boolean {
    return toUpdateMs(persona) >= this.sinceMs;
  }

  /** Whether scans may end before the end of the list. `false` without a time, and after a page that was not sorted. */
  get isBounded(): boolean {
    return this.sinceMs > Number.NEGATIVE_INFINITY && this.#isSorted;
  }

  /** Notices whether a page is sorted. Call this for each page, because an unsorted list needs another kind of scan. */
  checkOrder(rows: readonly Persona[]): void {
    const times = rows.map(toUpdateMs);
    this.#isSorted &&= times.every((time, index) => index === 0 || time <= (times[index - 1] ?? time));
  }

  /** Whether all rows after this page are too old. */
  endsOn(rows: readonly Persona[]): boolean {
    const last = rows.at(-1);
    return this.isBounded && last !== undefined && toUpdateMs(last) < this.#endMs;
  }

  /** Call with the first page, before the first scan. */
  start(rows: readonly Persona[]): void {
    if (rows[0]) this.#startMs = Math.min(this.#startMs, newestUpdateMs(rows[0]));
    this.checkOrder(rows);
  }

  /** Call after a scan that saw all readable rows of the window, except for rows that moved during the scan. */
  markCovered(): void {
    this.#isCovered = true;
  }

  /** Call after `markCovered` if rows moved. Like the next iteration, the next scan reads only from `nextUpdatedSince` on. */
  narrow(): void {
    this.#endMs = this.#nextMs;
  }

  /** Returns the `updatedSince` of the next iteration, as ISO 8601. `undefined` if it must read everything. */
  nextUpdatedSince(): string | undefined {
    const ms = this.#nextMs;
    return Number.isFinite(ms) ? new Date(ms).toISOString() : undefined;
  }

  get #nextMs(): number {
    const nextMs = this.#startMs - OVERLAP_MS;
    return this.#isCovered && nextMs > this.sinceMs && nextMs < Number.POSITIVE_INFINITY
      ? nextMs
      : this.sinceMs;
  }
}
