import type { Persona } from '../../schemas/persona.js';
import { expandRanges, type IterationCheckpoint, toRanges } from './checkpoint.js';
import { newestUpdateMs } from './update-window.js';

/**
 * The personas that an iteration has seen, each with the number of the last scan that saw it.
 *
 * SQLite gives the id of a deleted persona to the next one. A persona that reuses the id of a yielded one was created after
 * the iteration started. So the id alone identifies a persona that was created before the start. Only newer personas also need
 * `created_at`.
 */
export class SeenPersonas {
  /** Keys are ids of older personas, and `<id> <created_at>` of newer ones. */
  readonly #lastScanByKey = new Map<number | string, number>();
  /** The newest update when the first row was read, by the service's clock, in milliseconds since the epoch. */
  #startedAtMs: number | undefined;

  /** Starts with the personas of a checkpoint. Their last scan is 0. */
  constructor({ idRanges, startedAt, createdLater = [] }: IterationCheckpoint) {
    if (startedAt) this.#startedAtMs = Date.parse(startedAt);
    for (const id of expandRanges(idRanges)) this.#lastScanByKey.set(id, 0);
    for (const creation of createdLater) this.#lastScanByKey.set(creation.join(' '), 0);
  }

  /** Records that a scan saw a persona. Returns the previous scan that saw it, `undefined` if none. */
  record(persona: Persona, scan: number): number | undefined {
    const { id, created_at } = persona;
    this.#startedAtMs ??= newestUpdateMs(persona);
    const key = Date.parse(created_at) < this.#startedAtMs ? id : `${id} ${created_at}`;
    const lastScan = this.#lastScanByKey.get(key);
    this.#lastScanByKey.set(key, scan);
    return lastScan;
  }

  toCheckpoint(): IterationCheckpoint {
    const keys = [...this.#lastScanByKey.keys()];
    const idRanges = toRanges(keys.filter((key) => typeof key === 'number'));
    if (this.#startedAtMs === undefined) return { idRanges };
    const createdLater = keys
      .filter((key) => typeof key === 'string')
      .map((key) => [Number.parseInt(key, 10), key.slice(key.indexOf(' ') + 1)] as const);
    const startedAt = new Date(this.#startedAtMs).toISOString();
    return { idRanges, startedAt, ...(createdLater.length > 0 && { createdLater }) };
  }
}
