const IDS_PER_CHUNK = 128;

/** A map from ids to numbers. Stores 128 numbers per map entry, because most services assign consecutive ids. */
export class NumberById {
  readonly #chunks = new Map<number, Float64Array>();

  /** Returns `undefined` for an id that was not set. */
  get(id: number): number | undefined {
    return this.#chunks.get(Math.floor(id / IDS_PER_CHUNK))?.[id % IDS_PER_CHUNK] || undefined;
  }

  /** Sets a number. The number must not be 0, because 0 marks an id that was not set. */
  set(id: number, value: number): void {
    const index = Math.floor(id / IDS_PER_CHUNK);
    const chunk = this.#chunks.get(index) ?? new Float64Array(IDS_PER_CHUNK);
    chunk[id % IDS_PER_CHUNK] = value;
    this.#chunks.set(index, chunk);
  }
}
