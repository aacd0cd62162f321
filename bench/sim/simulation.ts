/** A discrete-event simulation without sockets or real time. The same seed gives the same result. Times are in milliseconds. */
export class Simulation {
  now = 0;
  readonly #heap: { readonly timeMs: number; readonly order: number; readonly run: () => void }[] = [];
  #order = 0;
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** A random number from 0 up to 1 (mulberry32). */
  random(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A random time until the next event of a Poisson process. */
  exponential(meanMs: number): number {
    return -Math.log(1 - this.random()) * meanMs;
  }

  schedule(delayMs: number, run: () => void): void {
    const heap = this.#heap;
    let index = heap.length;
    const event = { timeMs: this.now + delayMs, order: this.#order++, run };
    heap.push(event);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(event, heap[parent])) break;
      heap[index] = heap[parent] as typeof event;
      index = parent;
    }
    heap[index] = event;
  }

  run(untilMs: number): void {
    for (let next = this.#heap[0]; next && next.timeMs <= untilMs; next = this.#heap[0]) {
      this.#removeFirst();
      this.now = next.timeMs;
      next.run();
    }
    this.now = untilMs;
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1], heap[child])) child++;
      if (!isBefore(heap[child], last)) break;
      heap[index] = heap[child] as typeof last;
      index = child;
    }
    heap[index] = last;
  }
}

interface ScheduledEvent {
  readonly timeMs: number;
  readonly order: number;
}
const isBefore = (a: ScheduledEvent | undefined, b: ScheduledEvent | undefined): boolean =>
  a !== undefined && b !== undefined && (a.timeMs < b.timeMs || (a.timeMs === b.timeMs && a.order < b.order));
