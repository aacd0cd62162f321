import { monotonicNow } from '../../core/monotonic-now.js';
import { NumberById } from './number-by-id.js';

/** Twice `MAX_CLOCK_SKEW_MS` of `queue.ts`, which loads on first use. */
const MIN_RETENTION_MS = 240_000;

/** Identifies a created resource. The id alone does not: SQLite gives the id of a deleted row to the next one. */
export interface ResourceId {
  readonly id: number;
  /** ISO 8601. */
  readonly created_at: string;
}

/**
 * The resources that this client's own writes created. A search must not claim them for another write.
 *
 * Keeps two generations and discards the older one as a whole.
 */
export class ClaimedIds {
  readonly #retentionMs: number;
  #current = new NumberById();
  #previous = this.#current;
  #currentExpiresAt = 0;

  constructor(lateWriteWindowMs: number) {
    this.#retentionMs = MIN_RETENTION_MS + lateWriteWindowMs;
  }

  has({ id, created_at }: ResourceId): boolean {
    const time = toNumber(created_at);
    return this.#current.get(id) === time || this.#previous.get(id) === time;
  }

  add({ id, created_at }: ResourceId): void {
    if (monotonicNow() >= this.#currentExpiresAt) {
      this.#currentExpiresAt = monotonicNow() + this.#retentionMs;
      this.#previous = this.#current;
      this.#current = new NumberById();
    }
    this.#current.set(id, toNumber(created_at));
  }
}

/** The digits of a timestamp from the month to the microsecond, which a number represents exactly. */
const toNumber = (timestamp: string): number => Number(timestamp.replace(/\D/g, '').slice(4, 20));
