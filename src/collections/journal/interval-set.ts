/** A set of integers, stored as intervals. Consecutive numbers take almost no memory. */
export class IntervalSet {
  /** Inclusive bounds of each interval, in ascending order. Intervals neither overlap nor touch. */
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];

  has(value: number): boolean {
    const index = this.#findInterval(value);
    return index >= 0 && value <= (this.#ends[index] ?? 0);
  }

  add(value: number): void {
    const index = this.#findInterval(value);
    if (index >= 0 && value <= (this.#ends[index] ?? 0)) return;
    const extendsPrevious = index >= 0 && this.#ends[index] === value - 1;
    const extendsNext = this.#starts[index + 1] === value + 1;
    if (extendsPrevious && extendsNext) {
      this.#ends.splice(index, 1);
      this.#starts.splice(index + 1, 1);
    } else if (extendsPrevious) this.#ends[index] = value;
    else if (extendsNext) this.#starts[index + 1] = value;
    else {
      this.#starts.splice(index + 1, 0, value);
      this.#ends.splice(index + 1, 0, value);
    }
  }

  /** Index of the last interval that starts at or before the value. -1 if there is none. */
  #findInterval(value: number): number {
    let low = 0;
    let high = this.#starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#starts[middle] ?? 0) <= value) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}
