import { deleteOldest } from '../../core/delete-oldest.js';

/** Limits the memory. */
const MAX_SUSPECTS = 100;

/**
 * Decides whether an open circuit admits an extra probe: an attempt for another failure scope than the one that failed.
 *
 * If one scope alone opened the circuit, or failed the probe with 500, the others may work. The next attempt for
 * another scope tests this. Each open period has at most one extra probe.
 */
export class ExtraProbe {
  /** The only scope that failed since the last success, or the scope of a failed probe. `undefined` if others failed, too. */
  #failing: string | undefined;
  /** The scopes that get no extra probe until the circuit closes. The oldest is first. */
  readonly #suspects = new Set<string>();
  #isAllowed = false;
  #isRunning = false;

  /** @param isFirst whether this is the first failure since a success, or the failure of a probe. */
  onFailure(scope: string | undefined, isFirst: boolean): void {
    this.#failing = isFirst || scope === this.#failing ? scope : undefined;
  }

  onOpen(): void {
    this.#isAllowed = this.#failing !== undefined && !this.#isRunning;
    if (this.#failing === undefined) return;
    this.#suspects.add(this.#failing);
    deleteOldest(this.#suspects, MAX_SUSPECTS);
  }

  onHalfOpen(): void {
    this.#isAllowed = false;
    this.#isRunning = false;
  }

  admits(scope: string): boolean {
    return this.#isAllowed && !this.#suspects.has(scope);
  }

  onStart(): void {
    this.#isRunning = true;
  }

  /** Forgets the suspects after the circuit closed. */
  reset(): void {
    this.#suspects.clear();
    this.onHalfOpen();
  }
}
