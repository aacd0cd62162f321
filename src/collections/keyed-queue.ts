/** Runs tasks that share a key one after another, and tasks with different keys concurrently. */
export class KeyedQueue {
  readonly #tails = new Map<string, Promise<void>>();

  /**
   * Runs a task after the earlier tasks with the same key.
   *
   * @param cooldown runs after the task, even if the task fails. The next task with the key waits for the cooldown.
   */
  run<T>(key: string, task: () => Promise<T>, cooldown: () => Promise<void>): Promise<T> {
    const previous = this.#tails.get(key);
    const result = previous === undefined ? task() : previous.then(task);
    const tail = result.then(cooldown, cooldown);
    this.#tails.set(key, tail);
    tail.then(() => this.#tails.get(key) === tail && this.#tails.delete(key));
    return result;
  }
}
