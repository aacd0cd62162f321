import { type CallProgress, notifyListeners } from './call-progress.js';
import { monotonicNow } from './monotonic-now.js';

/*
 * The time that a call spends on its attempts, and on the delays between them that it chooses itself. Time in a queue, waits for
 * a token and waits that the service demands do not count, because `timeoutMs` does not limit them either.
 */

export function startAttemptTime(progress: CallProgress): void {
  progress.attemptTimeSince = monotonicNow();
  notifyListeners(progress);
}

export function stopAttemptTime(progress: CallProgress): void {
  progress.attemptTimeMs = attemptTimeMs(progress);
  progress.attemptTimeSince = undefined;
}

/** Returns the attempt time so far, in milliseconds. */
export const attemptTimeMs = ({
  attemptTimeMs: ended,
  attemptTimeSince: since,
}: Pick<CallProgress, 'attemptTimeMs' | 'attemptTimeSince'>): number =>
  since === undefined ? ended : ended + monotonicNow() - since;
