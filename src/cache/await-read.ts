import { noop } from '../core/abort.js';
import type { Call } from '../core/call.js';
import type { PersonaError } from '../core/errors/index.js';
import { monotonicNow } from '../core/monotonic-now.js';
import { GRACE_MS } from '../core/shared-work.js';
import { MAX_TIMER_MS, startTimeout } from '../core/timers.js';
import { limitJoin } from './join-policy.js';

/** A read that another call started. */
interface JoinedRead<Result> {
  readonly call: Call;
  readonly result: Promise<Result>;
}

/**
 * Waits for a read that another call started. Rejects like the read, or with the reason of the caller's signal.
 *
 * @returns `undefined` if the other call is lost, and an error if the caller's own limits end its wait.
 */
export function awaitRead<Result>(
  { call, result }: JoinedRead<Result>,
  joined: Call,
): Promise<Result | PersonaError | undefined> {
  const applyLimit = limitJoin(joined, call);
  call.progress.listeners ??= new Set();
  const { listeners } = call.progress;
  const { signal } = joined;
  // Many callers can join a read, so each has few closures.
  return new Promise((resolve, reject) => {
    let stopTimeout = noop;
    const end = () => {
      stopTimeout();
      signal.removeEventListener('abort', onAbort);
      listeners.delete(onChange);
    };
    const onAbort = () => {
      end();
      reject(signal.reason);
    };
    const update = () => {
      stopTimeout();
      const limit = applyLimit();
      const lostInMs = call.progress.leaseExpiresAt + GRACE_MS - monotonicNow();
      const waitMs = typeof limit === 'number' ? Math.min(limit, lostInMs, MAX_TIMER_MS) : 0;
      if (waitMs > 0) {
        stopTimeout = startTimeout(waitMs, update);
        return;
      }
      end();
      resolve(typeof limit === 'number' ? undefined : limit);
    };
    // Does not start a timer: on Cloudflare Workers, the timer would end with the request of the other call.
    const onChange = () => {
      const limit = applyLimit();
      if (typeof limit === 'number') return;
      end();
      resolve(limit);
    };
    listeners.add(onChange);
    update();
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    result.then(
      (value) => {
        end();
        resolve(value);
      },
      (error: unknown) => {
        end();
        reject(error);
      },
    );
  });
}
