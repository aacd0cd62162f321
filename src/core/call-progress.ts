import type { PersonaError } from './errors/index.js';
import type { TimelineEntry } from './events.js';

/**
 * The queue of the limiter in which a call waits for a free slot.
 *
 * - `interactive`: goes before calls in the background queue.
 * - `background`: waits for interactive calls, also for later ones. While calls of both queues wait, every fourth slot goes to
 *   this queue.
 */
export type Priority = 'interactive' | 'background';

/** The mutable state of a call. */
export interface CallProgress {
  /** Changed by {@link raisePriority}. */
  priority: Priority;
  /** Moves the call to the interactive queue. Set while the call waits in the background queue. */
  onPriorityRaised: (() => void) | undefined;
  /** Number of attempts sent. */
  attempts: number;
  /** Number of failed attempts after which the call retried. */
  retriedAttempts: number;
  /** Attempt time that has ended, in milliseconds: see `attempt-time.ts`. */
  attemptTimeMs: number;
  /** When the current attempt time started, by `monotonicNow()`. `undefined` if none is running. */
  attemptTimeSince: number | undefined;
  /** Called when attempt time starts, and when the call retries. Created by the first call that joins a read. */
  listeners: Set<() => void> | undefined;
  /** Headers of the last attempt, with its token. Error messages must not contain these values. */
  headers: Readonly<Record<string, string>>;
  /** The call has ended, and its timeline is complete. */
  hasEnded: boolean;
  /** Set by `exchange` before a write is sent, and reset if the write certainly had no effect. */
  maybeApplied: boolean;
  /** An attempt before the last one may have taken effect, and its request may still be under way. */
  hasUncertainAttempt: boolean;
  /** The call has replaced a rejected token. It does so only once. */
  hasReplacedToken: boolean;
  /** The process was suspended during the last failed attempt, so the failure says nothing about the service. */
  wasSuspended: boolean;
  /**
   * Error of a login or refresh that failed for this call. The call does not start a second one: a refresh token may work
   * only once.
   */
  refreshError: unknown;
  /** When other calls regard this one as lost, by `monotonicNow()`. See `renewLease`. */
  leaseExpiresAt: number;
  /** Error of the last failed attempt. */
  lastError: PersonaError | undefined;
  /** Created on first use. */
  timeline: TimelineEntry[] | undefined;
}

const NO_HEADERS = Object.freeze({});

export const createProgress = (priority: Priority = 'interactive'): CallProgress => ({
  priority,
  onPriorityRaised: undefined,
  attempts: 0,
  retriedAttempts: 0,
  attemptTimeMs: 0,
  attemptTimeSince: undefined,
  listeners: undefined,
  headers: NO_HEADERS,
  hasEnded: false,
  maybeApplied: false,
  hasUncertainAttempt: false,
  hasReplacedToken: false,
  wasSuspended: false,
  refreshError: undefined,
  leaseExpiresAt: Number.POSITIVE_INFINITY,
  lastError: undefined,
  timeline: undefined,
});

export function notifyListeners({ listeners }: CallProgress): void {
  if (listeners) for (const listener of listeners) listener();
}

/** Makes a call interactive, because an interactive call waits for it. */
export function raisePriority(progress: CallProgress): void {
  const { onPriorityRaised } = progress;
  progress.priority = 'interactive';
  progress.onPriorityRaised = undefined;
  onPriorityRaised?.();
}
