import { parseIsoTime } from '../../core/iso-time.js';
import type { Persona } from '../../schemas/persona.js';

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

const toUpdateMs = ({ updated_at }: Persona): number => Date.parse(updated_at);

/**
 * The part of the list that an iteration reads: the personas that were updated since a time.
 *
 * The list is sorted by update time, newest first, and a write moves its persona to the front. So a scan ends at the first row
 * that is too old, and rows that moved during a scan are before the first row that this scan saw. Times are compared in
 * milliseconds, so rows of the same millisecond are always inside.
 */
export class UpdateWindow {
  readonly sinceMs: number;
  /** A scan ends at the first row before this time. */
  #endMs: number;
  /** Time of the first row when the iteration started. */
  #startMs: number | undefined;
  #isCovered = false;
  #isSorted = true;

  constructor(sinceMs: number) {
    this.sinceMs = this.#endMs = sinceMs;
  }

  includes(persona: Persona): boolean {
    return toUpdateMs(persona) >= this.sinceMs;
  }

  /** Whether the window is a part of the list. */
  get isBounded(): boolean {
    return this.sinceMs > Number.NEGATIVE_INFINITY;
  }

  /**
   * Whether all rows after this page are too old. Call for each page. Once a page was not sorted by update time, returns `false`,
   * so that the iteration reads the whole list.
   */
  endsOn(rows: readonly Persona[]): boolean {
    if (!this.isBounded) return false;
    const times = rows.map(toUpdateMs);
    this.#isSorted &&= times.every((time, index) => index === 0 || time <= (times[index - 1] ?? time));
    return this.#isSorted && (times.at(-1) ?? this.#endMs) < this.#endMs;
  }

  /** Call before the first scan. */
  start([first]: readonly Persona[]): void {
    // A time in the future comes from a wrong clock. Later changes can have earlier times, and must not be missed.
    if (first) this.#startMs = Math.min(toUpdateMs(first), Date.now());
  }

  /** Call after a scan that saw all readable rows of the window, except for rows that moved during the scan. */
  markCovered(): void {
    this.#isCovered = true;
  }

  /** Call after such a scan if rows moved. A moved row is not older than the first row at the start of the scan. */
  narrow([first]: readonly Persona[]): void {
    if (first && this.isBounded && this.#isSorted) this.#endMs = Math.max(this.#endMs, toUpdateMs(first));
  }

  /** Returns the `updatedSince` of the next iteration, as ISO 8601. `undefined` if it must read everything. */
  nextUpdatedSince(): string | undefined {
    const nextMs = this.#isCovered ? (this.#startMs ?? Number.NaN) - OVERLAP_MS : Number.NaN;
    const ms = nextMs > this.sinceMs ? nextMs : this.sinceMs;
    return Number.isFinite(ms) ? new Date(ms).toISOString() : undefined;
  }
}
