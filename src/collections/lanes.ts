/** Work of one lane goes one after the other; lanes know nothing of each other. */
export class Lanes {
  readonly #tails = new Map<string, Promise<void>>();

  run<T>(lane: string, work: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(lane);
    const own = before === undefined ? work() : before.then(work);
    const tail = own.then(
      () => {},
      () => {},
    );
    this.#tails.set(lane, tail);
    tail.then(() => this.#tails.get(lane) === tail && this.#tails.delete(lane));
    return own;
  }
}
