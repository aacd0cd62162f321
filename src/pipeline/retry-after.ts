import { appliedHint, type Call, describeCall, errorDetails } from '../core/call.js';
import { sleepAwareNow } from '../core/clock.js';
import { PersonaRateLimitError, PersonaServerError } from '../core/errors/index.js';
import { parseRetryAfterMs } from '../core/response.js';
import { delay, raceTimeout } from '../core/timers.js';
import type { Layer } from './layer.js';

/** The maximum time that calls wait because of one `Retry-After`. After that, one call probes the service. */
const MAX_HOLD_MS = 60_000;

/** A time in which later calls wait, because the service responded with `Retry-After`. */
interface Hold {
  readonly status: 429 | 503;
  /** By `sleepAwareNow()`. */
  until: number;
  /** The call that was sent first after `until`. The others wait for its response. */
  probe: { readonly startedAt: number; readonly ended: Promise<void>; readonly end: () => void } | undefined;
}

/**
 * Delays later calls after a response with `Retry-After`: after 429 the calls of the same identity, after 503 all calls.
 *
 * When the hold ends, one call probes the service, and the others follow in order. A call fails at once if its deadline is
 * before the end of the hold.
 */
export function honorRetryAfter(): Layer {
  /** By identity. The key of a hold that applies to all identities is the empty string. */
  const holds = new Map<string, Hold>();

  /** Waits until the hold ends. Returns the hold if the call is its probe. */
  async function waitForHold(key: string, call: Call): Promise<Hold | undefined> {
    for (let hold = holds.get(key); hold; hold = holds.get(key)) {
      const now = sleepAwareNow();
      const { probe } = hold;
      if (hold.until > now) {
        const waitMs = hold.until - now;
        if (performance.now() + waitMs >= call.deadline.expiresAt) throw heldError(call, hold.status, waitMs);
        await delay(waitMs, call.signal);
      } else if (probe && now - probe.startedAt < call.timeoutMs)
        await raceTimeout(probe.ended, call.timeoutMs, () => {}, call.signal);
      else {
        let end = () => {};
        const ended = new Promise<void>((resolve) => {
          end = resolve;
        });
        hold.probe = { startedAt: now, ended, end };
        return hold;
      }
    }
    return undefined;
  }

  function startHold(key: string, status: Hold['status'], retryAfterMs: number): void {
    const until = sleepAwareNow() + Math.min(retryAfterMs, MAX_HOLD_MS);
    const current = holds.get(key);
    holds.set(key, { status, until: Math.max(until, current?.until ?? 0), probe: undefined });
  }

  return (next) => async (attempt) => {
    const { call } = attempt;
    if (call.skipLayers.includes('limit')) return next(attempt);
    const probed: [string, Hold][] = [];
    let hasProbed = false;
    try {
      if (holds.size > 0)
        for (const key of ['', call.identity]) {
          const hold = await waitForHold(key, call);
          if (hold) probed.push([key, hold]);
        }
      const response = await next(attempt).finally(() => {
        hasProbed = !call.signal.aborted;
      });
      const { status } = response;
      const retryAfterMs = status === 429 || status === 503 ? parseRetryAfterMs(response) : undefined;
      if (retryAfterMs)
        startHold(status === 429 ? call.identity : '', status as Hold['status'], retryAfterMs);
      return response;
    } finally {
      for (const [key, hold] of probed) {
        if (hasProbed && holds.get(key) === hold) holds.delete(key);
        hold.probe?.end();
        hold.probe = undefined;
      }
    }
  };
}

function heldError(call: Call, status: Hold['status'], waitMs: number) {
  const retryAfterMs = Math.ceil(waitMs);
  const message =
    `${describeCall(call)} was not sent: the service responded to an earlier call with ${status}, and asked the client to ` +
    `wait. The next request is allowed in ${Math.ceil(retryAfterMs / 1000)} s, after the deadline of this call.${appliedHint(call)}`;
  const details = { ...errorDetails(call), retryAfterMs, cause: call.progress.lastError };
  return status === 429
    ? new PersonaRateLimitError(message, details)
    : new PersonaServerError(message, { ...details, status });
}
