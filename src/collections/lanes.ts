/** Work of one lane goes one after the other, lanes side by side. */
export class Lanes {
  readonly #tails = new Map<string, Promise<void>>();

  /** @param after what the next one of the lane waits for as well */
  run<T>(lane: string, work: () => Promise<T>, after: () => Promise<void>): Promise<T> {
    const before = this.#tails.get(lane);
    const own = before === undefined ? work() : before.then(work);
    const tail = own.then(after, after);
    this.#tails.set(lane, tail);
    tail.then(() => this.#tails.get(lane) === tail && this.#tails.delete(lane));
    return own;
  }
}
