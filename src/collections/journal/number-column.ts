const FIRST_LENGTH = 1024;

/** Numbers by place, 8 bytes each; `undefined` where none was set. */
export class NumberColumn {
  #values = new Float64Array();

  get(index: number): number | undefined {
    return this.#values[index] || undefined;
  }

  /** @param value not 0 */
  set(index: number, value: number): void {
    if (index >= this.#values.length) {
      const longer = new Float64Array(Math.max(FIRST_LENGTH, 2 * this.#values.length, index + 1));
      longer.set(this.#values);
      this.#values = longer;
    }
    this.#values[index] = value;
  }
}
