/** An item of a {@link Queue}. It contains its neighbors, because another object per item would need more memory. */
export interface QueueItem<Item extends QueueItem<Item>> {
  /** The queue that contains the item. */
  queue: Queue<Item> | undefined;
  previous: Item | undefined;
  next: Item | undefined;
}

/**
 * A first-in, first-out queue. All its operations take constant time.
 *
 * A `Set` is slower: to find its first item, V8 passes over the items that were deleted before it.
 */
export class Queue<Item extends QueueItem<Item>> {
  #first: Item | undefined;
  #last: Item | undefined;

  get first(): Item | undefined {
    return this.#first;
  }

  /** Adds an item at the end. It must not be in a queue. */
  add(item: Item): void {
    item.queue = this;
    item.previous = this.#last;
    if (this.#last) this.#last.next = item;
    else this.#first = item;
    this.#last = item;
  }

  /** Removes an item, if it is in this queue. */
  remove(item: Item): void {
    if (item.queue !== this) return;
    const { previous, next } = item;
    if (previous) previous.next = next;
    else this.#first = next;
    if (next) next.previous = previous;
    else this.#last = previous;
    item.queue = undefined;
    item.previous = undefined;
    item.next = undefined;
  }
}
