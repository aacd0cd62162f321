/** A discrete-event simulation: no sockets, no clock, the same course for the same seed. Times are in milliseconds. */
export class World {
  now = 0;
  readonly #heap: { readonly at: number; readonly order: number; readonly happen: () => void }[] = [];
  #order = 0;
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** From 0 up to 1 (mulberry32). */
  random(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** The time until the next of events that come so often on average. */
  exponential(mean: number): number {
    return -Math.log(1 - this.random()) * mean;
  }

  in(delay: number, happen: () => void): void {
    const heap = this.#heap;
    let at = heap.length;
    const event = { at: this.now + delay, order: this.#order++, happen };
    heap.push(event);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(event, heap[parent])) break;
      heap[at] = heap[parent] as typeof event;
      at = parent;
    }
    heap[at] = event;
  }

  run(until: number): void {
    for (let next = this.#heap[0]; next && next.at <= until; next = this.#heap[0]) {
      this.#removeFirst();
      this.now = next.at;
      next.happen();
    }
    this.now = until;
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1], heap[child])) child++;
      if (!isBefore(heap[child], last)) break;
      heap[at] = heap[child] as typeof last;
      at = child;
    }
    heap[at] = last;
  }
}

interface Timed {
  readonly at: number;
  readonly order: number;
}
const isBefore = (a: Timed | undefined, b: Timed | undefined): boolean =>
  a !== undefined && b !== undefined && (a.at < b.at || (a.at === b.at && a.order < b.order));
