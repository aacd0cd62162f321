import { monotonicNow } from '../../core/monotonic-now.js';
/** The writes whose outcome is unknown, until the late-write window of each one ends. */
export class UnresolvedWrites {
  readonly #lateWriteWindowMs: number;
  /** End of the window of each key, by `monotonicNow()`. The oldest entry is first. */
  readonly #windowEndsAt = new Map<string, number>();

  constructor(lateWriteWindowMs: number) {
    this.#lateWriteWindowMs = lateWriteWindowMs;
  }

  /** @returns when the window ends, by `monotonicNow()`. */
  add(key: string): number {
    const now = monotonicNow();
    this.#windowEndsAt.delete(key); // move to the end of the insertion order
    this.#windowEndsAt.set(key, now + this.#lateWriteWindowMs);
    for (const [otherKey, endsAt] of this.#windowEndsAt) {
      if (now < endsAt) break;
      this.#windowEndsAt.delete(otherKey);
    }
    return now + this.#lateWriteWindowMs;
  }

  delete(key: string): void {
    this.#windowEndsAt.delete(key);
  }

  /** Returns when the window of the last write with this key ends. `undefined` if no such write is unresolved. */
  windowEndsAt(key: string): number | undefined {
    return this.#windowEndsAt.get(key);
  }
}
