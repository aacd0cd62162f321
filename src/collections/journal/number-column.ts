const INITIAL_LENGTH = 1024;

/** A growing array of numbers, 8 bytes each. Unset positions are `undefined`. */
export class NumberColumn {
  #values = new Float64Array();

  get(index: number): number | undefined {
    return this.#values[index] || undefined;
  }

  /** Sets a number. The number must not be 0, because 0 marks an unset position. */
  set(index: number, value: number): void {
    if (index >= this.#values.length) {
      const grown = new Float64Array(Math.max(INITIAL_LENGTH, 2 * this.#values.length, index + 1));
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values[index] = value;
  }
}
