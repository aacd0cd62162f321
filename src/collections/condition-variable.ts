/** Wakes whoever waits for something to have changed. */
export class ConditionVariable {
  #ring = () => {};
  #rung: Promise<void> | undefined;

  /** Until the next ring. */
  wait(): Promise<void> {
    this.#rung ??= new Promise((resolve) => {
      this.#ring = resolve;
    });
    return this.#rung;
  }

  ring(): void {
    this.#rung = undefined;
    this.#ring();
  }
}
