import { raceAbort } from '../core/abort.js';
import { raceTimeout } from '../core/timers.js';
import { PersonaAbortError } from '../index.js';
import type { ResolvedRunOptions } from './resolve-options.js';

/** How long an aborted run waits for a journal or an iterator of the caller that does not respond. */
const GRACE_MS = 2_000;

/** Lets a run stop waiting when the caller aborts it. */
export class AbortGuard {
  readonly #options: Pick<ResolvedRunOptions, 'functionName' | 'journal' | 'signal'>;

  constructor(options: Pick<ResolvedRunOptions, 'functionName' | 'journal' | 'signal'>) {
    this.#options = options;
  }

  /** @throws {PersonaAbortError} if the caller has aborted the run. */
  throwIfAborted(): void {
    const { functionName, journal, signal } = this.#options;
    if (!signal?.aborted) return;
    const nextStep = journal
      ? 'To resume the run, pass the same journal and items.'
      : 'Check which items were applied before you try again.';
    throw new PersonaAbortError(
      `${functionName} was aborted. Items in flight may have been applied. ${nextStep}`,
      { cause: signal.reason },
    );
  }

  /** Settles like `work`, or rejects with a {@link PersonaAbortError} as soon as the caller aborts the run. */
  async raceAbort<T>(work: Promise<T>): Promise<T> {
    const { signal } = this.#options;
    if (!signal) return work;
    return raceAbort(work, signal).finally(() => this.throwIfAborted());
  }

  /** Settles like `work`. If the caller aborts the run, waits only a moment longer. */
  async settle(work: Promise<void>): Promise<void> {
    await this.raceAbort(work).catch((error: unknown) => {
      if (!this.#options.signal?.aborted) throw error;
      return raceTimeout(work, GRACE_MS, () => undefined);
    });
  }
}
