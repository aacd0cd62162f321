/**
 * A `rotateBucketController` for opossum: rotates the statistics bucket on demand instead of with a timer.
 *
 * Rotating after each attempt limits opossum's statistics to one attempt.
 */
export class BucketController {
  #rotate: (() => void) | undefined;
  listenerCount(): number {
    return this.#rotate ? 1 : 0;
  }
  on(_event: string, rotate: () => void): void {
    this.#rotate = rotate;
  }
  removeListener(): void {
    this.#rotate = undefined;
  }
  rotate(): void {
    this.#rotate?.();
  }
}
