import { type Call, callError, isLost, renewLease } from '../core/call.js';
import { raisePriority } from '../core/call-progress.js';
import { sleepAwareNow } from '../core/clock.js';
import { PersonaRateLimitError, PersonaServerError } from '../core/errors/index.js';
import { monotonicNow } from '../core/monotonic-now.js';
import { type HttpResponse, parseRetryAfterMs } from '../core/response.js';
import { DEFAULT_LEASE_MS, GRACE_MS } from '../core/shared-work.js';
import { delay, raceTimeout } from '../core/timers.js';
import type { Layer, Limiter, Send } from './layer.js';

/** The maximum time that calls wait because of one `Retry-After`. After that, one call probes the service. */
const MAX_HOLD_MS = 60_000;

/** The call that is sent first after a hold. The others wait for its response. */
interface Probe {
  readonly call: Call;
  readonly ended: Promise<void>;
  readonly end: () => void;
}

/** A time in which later calls wait, because the service responded with `Retry-After`. */
interface Hold {
  readonly status: 429 | 503;
  /** By `sleepAwareNow()`. */
  readonly until: number;
  probe: Probe | undefined;
  /** Resolves when the last call in the queue has left it. */
  lastInQueue: Promise<void>;
}

/**
 * Delays later calls after a response with `Retry-After`: after 429 the calls of the same identity, after 503 all calls.
 * That includes the calls in the queue of the limiter.
 *
 * When the hold ends, one call probes the service, and the others follow in order. A call fails at once if its deadline is
 * before the end of the hold.
 */
export function honorRetryAfter(limiter: Limiter): Layer {
  /** By identity. The key of a hold that applies to all identities is the empty string. The oldest is first. */
  const holds = new Map<string, Hold>();

  const holdKeys = ({ identity }: Call) => ['', identity];
  const findHolds = (call: Call) => holdKeys(call).flatMap((key) => holds.get(key) ?? []);

  /** Waits until all holds have ended. Returns the probe if the call is one. */
  async function waitForHolds(call: Call): Promise<Probe | undefined> {
    for (let found = findHolds(call); found.length > 0; found = findHolds(call)) {
      const now = sleepAwareNow();
      const last = found.reduce((a, b) => (a.until >= b.until ? a : b));
      const running = found.find(({ probe }) => probe && !isLost(probe.call))?.probe;
      if (last.until > now) await waitInQueue(last, call);
      else if (running) {
        const waitMs = Math.max(0, running.call.progress.leaseExpiresAt - monotonicNow()) + GRACE_MS;
        await waitForOther(running.ended, waitMs, call, () => endProbe(running, false));
      } else {
        let end = () => {};
        const ended = new Promise<void>((resolve) => {
          end = resolve;
        });
        renewLease(call);
        raisePriority(call.progress); // the other calls wait for it
        const probe = { call, ended, end };
        for (const hold of found) hold.probe = probe;
        return probe;
      }
    }
    return undefined;
  }

  /** Ends the holds after their probe, also if it failed. If the probe was not sent or was aborted, another call probes. */
  function endProbe(probe: Probe, isConclusive: boolean): void {
    for (const key of holdKeys(probe.call)) {
      const hold = holds.get(key);
      if (hold?.probe !== probe) continue;
      hold.probe = undefined;
      if (isConclusive) holds.delete(key);
    }
    probe.end();
  }

  function startHold({ identity }: Call, response: HttpResponse): void {
    const { status } = response;
    const retryAfterMs = status === 429 || status === 503 ? parseRetryAfterMs(response) : undefined;
    if (!retryAfterMs) return;
    const key = status === 429 ? identity : '';
    const now = sleepAwareNow();
    const until = Math.max(now + Math.min(retryAfterMs, MAX_HOLD_MS), holds.get(key)?.until ?? 0);
    holds.delete(key); // the map is ordered by insertion
    holds.set(key, {
      status: status as Hold['status'],
      until,
      probe: undefined,
      lastInQueue: Promise.resolve(),
    });
    for (const [oldKey, old] of holds) {
      if (now - old.until < MAX_HOLD_MS) break;
      holds.delete(oldKey); // no call came to probe it
    }
  }

  const isHeld = (call: Call) => holds.size > 0 && findHolds(call).some(({ probe }) => probe?.call !== call);

  return (next) => {
    const sendInLimit = limiter(
      async (attempt) => {
        const response = await next(attempt);
        startHold(attempt.call, response);
        return response;
      },
      {
        isHeld,
        // A hold started while the attempt was in the queue. If the attempt is the probe of an earlier hold, this probe ends.
        resend: (attempt) => {
          for (const { probe } of findHolds(attempt.call))
            if (probe?.call === attempt.call) endProbe(probe, false);
          return send(attempt);
        },
      },
    );
    const send: Send = (attempt) => (holds.size > 0 ? sendAfterHolds(attempt) : sendInLimit(attempt));
    const sendAfterHolds: Send = async (attempt) => {
      const { call } = attempt;
      const probe = await waitForHolds(call);
      if (!probe) return sendInLimit(attempt);
      try {
        return await sendInLimit(attempt);
      } finally {
        endProbe(probe, !call.signal.aborted);
      }
    };
    return (attempt) => (attempt.call.skipLayers.includes('limit') ? next(attempt) : send(attempt));
  };
}

/**
 * Waits until the hold is over.
 *
 * Timers can fire in a different order than they were set, so a call also waits for the one before it.
 */
async function waitInQueue(hold: Hold, call: Call): Promise<void> {
  let remainingMs = hold.until - sleepAwareNow();
  if (monotonicNow() + remainingMs >= call.deadline.expiresAt)
    throw heldError(call, hold.status, remainingMs);
  const previous = hold.lastInQueue;
  let leave = () => {};
  hold.lastInQueue = new Promise((resolve) => {
    leave = () => resolve(call.signal.aborted ? previous.catch(() => {}) : undefined);
  });
  try {
    for (; remainingMs > 0; remainingMs = hold.until - sleepAwareNow()) {
      renewLease(call, remainingMs);
      await delay(remainingMs, call.signal);
    }
    await waitForOther(previous, Math.min(call.timeoutMs, DEFAULT_LEASE_MS), call);
  } finally {
    leave();
  }
}

/** Waits up to `ms` for another call. A runtime can drop that call, or reject its promises. */
async function waitForOther(ended: Promise<void>, ms: number, call: Call, onLost = () => {}): Promise<void> {
  renewLease(call, ms);
  await raceTimeout(ended, ms, () => {}, call.signal).catch(() => {
    call.signal.throwIfAborted();
    onLost();
  });
}

function heldError(call: Call, status: Hold['status'], waitMs: number) {
  const retryAfterMs = Math.ceil(waitMs);
  const text =
    `was not sent: the service responded to an earlier call with ${status}, and asked the client to wait. ` +
    `The next request is allowed in ${Math.ceil(retryAfterMs / 1000)} s, after the deadline of this call.`;
  const details = { status, retryAfterMs, cause: call.progress.lastError };
  return status === 429
    ? callError(PersonaRateLimitError, call, text, details)
    : callError(PersonaServerError, call, text, details);
}
