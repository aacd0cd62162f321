import { NumberById } from '../../pipeline/reconcile/number-by-id.js';

const UNKNOWN_TIME = -1;

/** The personas that existed before a run, or that it created. The creation time tells two personas with the same id apart. */
export class KnownPersonas {
  readonly #createdAtById = new NumberById();

  /** @param createdAt creation time, in milliseconds since the epoch. */
  has(id: number, createdAt: number): boolean {
    const known = this.#createdAtById.get(id);
    // Journals of earlier versions contain whole milliseconds, or no time.
    return known !== undefined && [createdAt, Math.trunc(createdAt), UNKNOWN_TIME].includes(known);
  }

  /** @param createdAt creation time, in milliseconds since the epoch. Without it, the id alone identifies the persona. */
  add(id: number, createdAt: number | undefined): void {
    this.#createdAtById.set(id, createdAt || UNKNOWN_TIME);
  }
}

/** Converts a timestamp to milliseconds since the epoch, microseconds included. `Date.parse` alone discards these. */
export const toEpochMs = (timestamp: string): number =>
  Date.parse(timestamp) + Number(`0.${/\.\d{3}(\d+)/.exec(timestamp)?.[1] ?? 0}`);
