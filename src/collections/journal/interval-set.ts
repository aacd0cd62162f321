/** A set of whole numbers, kept as ranges: numbers given out one after the other cost next to nothing. */
export class IntervalSet {
  /** Begin and end (inclusive) of each range, ascending, apart by more than one. */
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];

  has(value: number): boolean {
    const at = this.#rangeUpTo(value);
    return at >= 0 && value <= (this.#ends[at] ?? 0);
  }

  add(value: number): void {
    const at = this.#rangeUpTo(value);
    if (at >= 0 && value <= (this.#ends[at] ?? 0)) return;
    const joinsBefore = at >= 0 && this.#ends[at] === value - 1;
    const joinsAfter = this.#starts[at + 1] === value + 1;
    if (joinsBefore && joinsAfter) {
      this.#ends.splice(at, 1);
      this.#starts.splice(at + 1, 1);
    } else if (joinsBefore) this.#ends[at] = value;
    else if (joinsAfter) this.#starts[at + 1] = value;
    else {
      this.#starts.splice(at + 1, 0, value);
      this.#ends.splice(at + 1, 0, value);
    }
  }

  /** The last range that begins at the value or before; -1 without one. */
  #rangeUpTo(value: number): number {
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
