import type { Call, ResolvedRetryOptions } from './call.js';

/** How long a call and its attempts may take, and how many attempts it makes. */
export interface CallLimits {
  readonly timeoutMs: number;
  readonly deadlineMs: number;
  readonly retry: ResolvedRetryOptions;
}

/** Whether a call allows more attempts, or more time for each, than another one. */
export const hasHigherAttemptLimits = (call: Call, other: Call): boolean =>
  call.retry.limit > other.retry.limit || call.timeoutMs > other.timeoutMs;
