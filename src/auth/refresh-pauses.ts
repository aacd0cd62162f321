import type { PersonaError } from '../core/errors/index.js';
import type { ClientCode } from './client-code.js';

const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 60_000;
/** Longer than after other failures, because a service may lock an account after some rejected passwords. */
const FIRST_PAUSE_AFTER_REJECTION_MS = 30_000;
const LONGEST_PAUSE_AFTER_REJECTION_MS = 900_000;
/** The longest time that a call waits for the end of a pause without `Retry-After`. */
const LONGEST_WAIT_MS = 5_000;
const MAX_ENTRIES = 1_000;

/** A pause after a failed login or refresh. */
export interface RefreshPause {
  /** When the pause ends, by `sleepAwareNow()`. */
  readonly endsAt: number;
  /** How long a call may wait for the end. */
  readonly maxWaitMs: number;
  /** The failure that started the pause. */
  readonly error: PersonaError;
  /** Number of pauses since the last success that rejected credentials, or a service without authentication, caused. */
  readonly rejections: number;
  /** Number of pauses after other failures, since the last success. */
  readonly failures: number;
  /** The login or refresh that another caller has started. */
  readonly pendingRefresh?: { readonly ended: Promise<void>; readonly end: () => void };
}

/**
 * The pauses after failed logins and refreshes, by credentials.
 *
 * A client and its views share them. Otherwise, an application with a view per request would send a login per request.
 */
export class RefreshPauses {
  readonly #code: ClientCode;
  /** Contains ended pauses, too, because the next pause of the same credentials is longer. */
  readonly #pauses = new Map<string, RefreshPause>();

  constructor(code: ClientCode) {
    this.#code = code;
  }

  /** Returns the pause in progress, if any. */
  find(key: string): RefreshPause | undefined {
    const pause = this.#pauses.get(key);
    return pause && this.#code.sleepAwareNow() < pause.endsAt ? pause : undefined;
  }

  /**
   * Starts a pause, longer than the last one unless `Retry-After` sets its length. Returns a copy of the error with the
   * length of the pause as `retryAfterMs`.
   */
  start<T extends PersonaError>(key: string, error: T): T {
    const { copyError, deleteOldest, sleepAwareNow } = this.#code;
    const isRejection = error.code === 'credentials_rejected' || error.code === 'auth_unsupported';
    let { rejections = 0, failures = 0 } = this.#pauses.get(key) ?? {};
    const backoffMs = isRejection
      ? Math.min(LONGEST_PAUSE_AFTER_REJECTION_MS, FIRST_PAUSE_AFTER_REJECTION_MS * 2 ** rejections++)
      : Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures++);
    const hasRetryAfter = !isRejection && error.retryAfterMs;
    const delayMs = hasRetryAfter
      ? Math.min(error.retryAfterMs, LONGEST_PAUSE_AFTER_REJECTION_MS)
      : backoffMs;
    const failure = copyError(error, error.message, { retryAfterMs: delayMs });
    this.reset(key); // moves the entry to the end of the map
    this.#pauses.set(key, {
      endsAt: sleepAwareNow() + delayMs,
      maxWaitMs: isRejection ? 0 : hasRetryAfter ? Number.POSITIVE_INFINITY : LONGEST_WAIT_MS,
      error: failure,
      rejections,
      failures,
    });
    deleteOldest(this.#pauses, MAX_ENTRIES);
    return failure;
  }

  /**
   * Extends the last pause, if any, while one caller logs in or refreshes. The other views wait up to `delayMs` for the
   * result. With `0`, ends the pause.
   */
  extend(key: string, delayMs: number): void {
    const pause = this.#pauses.get(key);
    if (!pause) return;
    let end = () => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    pause.pendingRefresh?.end();
    this.#pauses.set(key, {
      ...pause,
      endsAt: this.#code.sleepAwareNow() + delayMs,
      pendingRefresh: { ended, end },
    });
  }

  /** Call after a success. */
  reset(key: string): void {
    this.#pauses.get(key)?.pendingRefresh?.end();
    this.#pauses.delete(key);
  }
}
