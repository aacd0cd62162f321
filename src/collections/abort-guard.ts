import { LightAbortController, onAbort, raceAbort } from '../core/abort.js';
import { toReadable } from '../core/sanitize-error.js';
import { raceTimeout } from '../core/timers.js';
import { PersonaAbortError } from '../index.js';
import type { ClosableClient } from './operation.js';
import type { ResolvedRunOptions } from './resolve-options.js';

/** How long an aborted run waits for a journal or an iterator of the caller that does not respond. */
const MAX_SETTLE_MS = 2_000;

type GuardOptions = Pick<ResolvedRunOptions, 'functionName' | 'journal' | 'signal'>;

/** Lets a run stop waiting when the caller aborts it, or closes its client. */
export class AbortGuard {
  readonly #client: ClosableClient;
  readonly #options: GuardOptions;
  /** Its reason is a {@link PersonaAbortError}. */
  readonly #controller = new LightAbortController();

  constructor(client: ClosableClient, options: GuardOptions) {
    this.#client = client;
    this.#options = options;
  }

  get isAborted(): boolean {
    return this.#controller.aborted;
  }

  /**
   * Starts to watch the caller's signal and the client. Returns a function that stops watching.
   *
   * @param listener called when the run is aborted.
   * @param mayHaveSent whether the run may have sent an item.
   */
  start(listener: () => void, mayHaveSent: () => boolean): () => void {
    const { functionName, journal, signal } = this.#options;
    const nextStep = journal
      ? 'To resume the run, pass the same journal and items.'
      : 'Check which items were applied before you try again.';
    return onAbortOrClose(this.#client, signal, (cause) => {
      const reason = signal?.aborted ? '' : ' because the client was closed';
      const maybeApplied = mayHaveSent();
      const effect = maybeApplied ? `Items in flight may have been applied. ${nextStep}` : 'It sent nothing.';
      const message = `${functionName} was aborted${reason}. ${effect}`;
      this.#controller.abort(new PersonaAbortError(message, { cause: toReadable(cause), maybeApplied }));
      listener();
    });
  }

  /** @throws {PersonaAbortError} if the run was aborted. */
  throwIfAborted(): void {
    this.#controller.throwIfAborted();
  }

  /** Settles like `work`, or rejects with a {@link PersonaAbortError} as soon as the run is aborted. */
  async raceAbort<T>(work: Promise<T>): Promise<T> {
    return raceAbort(work, this.#controller).finally(() => this.throwIfAborted());
  }

  /** Settles like `work`. If the run is aborted, waits at most 2 seconds longer. */
  async settle(work: Promise<void>): Promise<void> {
    await this.raceAbort(work).catch((error: unknown) => {
      if (!this.isAborted) throw error;
      return raceTimeout(work, MAX_SETTLE_MS, () => undefined);
    });
  }
}

/**
 * Calls `listener` when the caller's signal aborts or the client is closed, or immediately if either has already happened.
 *
 * @returns a function that removes the listener.
 */
export function onAbortOrClose(
  client: ClosableClient & { readonly personas?: unknown },
  signal: AbortSignal | undefined,
  listener: (cause: unknown) => void,
): () => void {
  const unsubscribeSignal = onAbort(signal, listener);
  // A caller may pass only `client.personas`. Its function `run` has the `onClose` of the client.
  const closable: ClosableClient = client.onClose ? client : Object(Object(client.personas).run);
  const unsubscribeClose = closable.onClose?.(() => listener(undefined));
  return () => {
    unsubscribeSignal();
    unsubscribeClose?.();
  };
}
