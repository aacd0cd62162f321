/** Lets tasks wait until another task reports a change. */
export class ConditionVariable {
  #resolve = () => {};
  #nextNotification: Promise<void> | undefined;

  /** Resolves at the next `notify`. */
  wait(): Promise<void> {
    this.#nextNotification ??= new Promise((resolve) => {
      this.#resolve = resolve;
    });
    return this.#nextNotification;
  }

  /** Wakes all waiting tasks. */
  notify(): void {
    this.#nextNotification = undefined;
    this.#resolve();
  }
}
