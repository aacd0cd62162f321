import { parseIsoTime } from '../../core/iso-time.js';
import type { Persona } from '../../schemas/persona.js';

/**
 * How far the next iteration goes back before the start of this one.
 *
 * A write can get its update time before it becomes visible: it waits for the database, or the clock of another server of the
 * service is behind. SQLite waits up to 5 seconds.
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
   * Whether all rows after this page are too old. Call for each page. If a page is not sorted, the list is not either, and the
   * iteration reads all of it.
   */
  endsOn(rows: readonly Persona[]): boolean {
    if (!this.isBounded) return false;
    const times = rows.map(toUpdateMs);
    this.#isSorted &&= times.every((time, index) => index === 0 || time <= (times[index - 1] ?? time));
    return this.#isSorted && (times.at(-1) ?? this.#endMs) < this.#endMs;
  }

  /** Call before the first scan. */
  start([first]: readonly Persona[]): void {
    // A time in the future comes from a clock that was wrong. Later changes have earlier times, so it must not hide them.
    if (first) this.#startMs = Math.min(toUpdateMs(first), Date.now());
  }

  /** Call after a scan that saw all rows of the window that did not move meanwhile. */
  cover(): void {
    this.#isCovered = true;
  }

  /** Call after such a scan if rows moved. The next scan needs only those rows, which are not older than its first row. */
  narrow([first]: readonly Persona[]): void {
    if (first && this.isBounded && this.#isSorted) this.#endMs = Math.max(this.#endMs, toUpdateMs(first));
  }

  /** Returns since when the next iteration must read, as ISO 8601. `undefined` if it must read everything. */
  next(): string | undefined {
    const nextMs = this.#isCovered ? (this.#startMs ?? Number.NaN) - OVERLAP_MS : Number.NaN;
    const ms = nextMs > this.sinceMs ? nextMs : this.sinceMs;
    return Number.isFinite(ms) ? new Date(ms).toISOString() : undefined;
  }
}
