import type { Call } from './call.js';

/** Whether a call allows more attempts, or more time for each, than another one. */
export const allowsMoreAttempts = (call: Call, other: Call): boolean =>
  call.retry.limit > other.retry.limit || call.timeoutMs > other.timeoutMs;
