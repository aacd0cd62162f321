/** Twice the maximum clock skew between the client and the service. */
const MIN_RETENTION_MS = 240_000;
const IDS_PER_WORD = 32;

/**
 * The ids of resources that this client's own writes created. A search must not claim them for another write.
 *
 * Stores 32 ids per map entry, because most services assign consecutive ids. Keeps two generations of ids and discards
 * the older one as a whole.
 */
export class ClaimedIds {
  readonly #retentionMs: number;
  #current = new Map<number, number>();
  #previous = this.#current;
  #currentExpiresAt = 0;

  constructor(lateWriteWindowMs: number) {
    this.#retentionMs = MIN_RETENTION_MS + lateWriteWindowMs;
  }

  has(id: number): boolean {
    const wordIndex = Math.floor(id / IDS_PER_WORD);
    const bits = (this.#current.get(wordIndex) ?? 0) | (this.#previous.get(wordIndex) ?? 0);
    return (bits & (1 << (id % IDS_PER_WORD))) !== 0;
  }

  add(id: number): void {
    if (performance.now() >= this.#currentExpiresAt) {
      this.#currentExpiresAt = performance.now() + this.#retentionMs;
      this.#previous = this.#current;
      this.#current = new Map();
    }
    const wordIndex = Math.floor(id / IDS_PER_WORD);
    this.#current.set(wordIndex, (this.#current.get(wordIndex) ?? 0) | (1 << (id % IDS_PER_WORD)));
  }
}
