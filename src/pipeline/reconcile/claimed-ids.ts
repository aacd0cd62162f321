import type { Call } from '../../core/call.js';
import type { CallLogEntry } from '../../core/call-log.js';

/** Twice as long as clocks may differ. */
const REMEMBERED_MS = 240_000;

/** Records an event of a call. */
export type Recording = (call: Call, happened: CallLogEntry) => void;

/**
 * What writes have got, by id, for a while: nobody else's can be it. A bit for each of 32, since most services give out ids in a
 * row; what is older goes as a whole.
 */
export class ClaimedIds {
  readonly #keepMs: number;
  #recent = new Map<number, number>();
  #older = this.#recent;
  #recentUntil = 0;

  constructor(lateWriteWindowMs: number) {
    this.#keepMs = REMEMBERED_MS + lateWriteWindowMs;
  }

  has(id: number): boolean {
    const at = Math.floor(id / 32);
    return (((this.#recent.get(at) ?? 0) | (this.#older.get(at) ?? 0)) & (1 << (id % 32))) !== 0;
  }

  add(id: number): void {
    if (performance.now() >= this.#recentUntil) {
      this.#recentUntil = performance.now() + this.#keepMs;
      this.#older = this.#recent;
      this.#recent = new Map();
    }
    const at = Math.floor(id / 32);
    this.#recent.set(at, (this.#recent.get(at) ?? 0) | (1 << (id % 32)));
  }
}
