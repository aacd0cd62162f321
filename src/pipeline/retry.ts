import ky from 'ky';
import { delay } from '../core/abort.js';
import type { Call } from '../core/call.js';
import { headersOf, urlOf } from '../core/call.js';
import { record } from '../core/call-log.js';
import { PersonaError, PersonaNotFoundError, PersonaTimeoutError } from '../core/errors/index.js';
import type { CircuitState, Events } from '../core/events.js';
import type { HttpResponse } from '../core/response.js';
import { errorFromResponse } from './errors-from-status.js';
import type { Send } from './layer.js';
import type { RetryBudget } from './retry-budget.js';

/**
 * Turn a call into attempts. What is tried again, and when, is decided by the table below. The first attempt goes out as it
 * is; from the second on ky runs the loop, so that a call that succeeds at once does not pay for it. Its `fetch` option is
 * the seam: it is called once per attempt.
 */
export const retry =
  (attempt: Send, { events, budget, breaker }: RetryParts) =>
  async (call: Call): Promise<HttpResponse> => {
    const { progress, retry: rules, method } = call;
    let number = progress.attempts; // goes on where a resolved write is repeated
    let waitMs = 0;

    const once = async (): Promise<HttpResponse> => {
      if (waitMs > 0) await delay(waitMs, call.signal);
      const doubtful = progress.maybeApplied;
      const answer = await attempt({ call, number: ++number, headers: headersOf(call) });
      if ((answer.status >= 200 && answer.status < 300) || (answer.status === 304 && call.isConditional)) {
        budget?.onSuccess();
        return answer;
      }
      const refused = errorFromResponse(call, answer);
      if (method === 'DELETE' && doubtful && refused instanceof PersonaNotFoundError) return answer;
      throw refused;
    };

    /** Why an attempt that could be made is not worth it, or not allowed. */
    const reasonAgainst = ({ code }: PersonaError) => {
      if (performance.now() + waitMs >= call.deadline.at) return 'deadline';
      if (breaker.state === 'open') return 'circuit';
      return budget === undefined || budget.tryAcquire(code === 'connection_failed') ? undefined : 'budget';
    };

    /** Whether the failed attempt is followed by another, which then waits for `waitMs`. */
    const goesOn = (error: unknown, failures: number): boolean => {
      if (!(error instanceof PersonaError) || failures > rules.limit) return false;
      progress.lastError = error;
      if (!isRetryable(error, call)) return false;
      waitMs = waitBefore(failures, error, call);
      const reason = error.code;
      const blockedBy = reasonAgainst(error);
      if (blockedBy) {
        record(events, call, { event: 'retrySkipped', blockedBy, error: reason });
        return false;
      }
      const status = statusOf(error);
      record(events, call, {
        event: 'retry',
        attempt: number + 1,
        delayMs: waitMs,
        error: reason,
        ...(status === undefined ? {} : { status }),
      });
      return true;
    };

    const failed = (error: unknown): never => {
      call.signal.throwIfAborted();
      throw error;
    };

    try {
      return await once();
    } catch (error) {
      if (!goesOn(error, 1)) failed(error);
    }
    return retries().catch(failed);

    async function retries(): Promise<HttpResponse> {
      let answer: HttpResponse | undefined;
      await ky(urlOf(call), {
        method,
        fetch: async () => {
          answer = await once();
          return new Response(null, { status: 204 }); // all that ky has to know of a success
        },
        timeout: false,
        totalTimeout: false,
        throwHttpErrors: false,
        retry: {
          limit: rules.limit - 1,
          methods: [method],
          shouldRetry: ({ error, retryCount }) => goesOn(error, 1 + retryCount),
          delay: () => 0, // `once` waits, by a signal that is cheaper than those ky would make
        },
      });
      return answer as unknown as HttpResponse;
    }
  };

export interface RetryParts {
  readonly events: Events;
  /** What the client's calls share; none means no bound. */
  readonly budget: RetryBudget | undefined;
  readonly breaker: { readonly state: CircuitState };
}

const STATUSES = new Set([408, 425, 429, 500, 502, 503, 504]);

/** The table: what may be tried again. A POST only where the service cannot have acted on it. */
function isRetryable(error: PersonaError, call: Call): boolean {
  if (error.code === 'rejected_input') return false;
  const passing =
    error.code === 'connection_failed' ||
    (error instanceof PersonaTimeoutError && error.scope === 'attempt') ||
    STATUSES.has(statusOf(error) ?? 0);
  if (!passing) return false;
  return (
    call.method !== 'POST' ||
    error.code === 'rate_limited' ||
    (error.code === 'connection_failed' && !error.maybeApplied)
  );
}

/** Full jitter, exponential; never sooner than the service asked. */
function waitBefore(retryCount: number, error: PersonaError, { retry: rules }: Call): number {
  const ceiling = Math.min(rules.maxBackoffMs, rules.backoffMs * 2 ** (retryCount - 1));
  const asked = 'retryAfterMs' in error ? Number(error.retryAfterMs ?? 0) : 0;
  return Math.max(asked, Math.random() * ceiling);
}

const statusOf = (error: PersonaError): number | undefined =>
  'status' in error && typeof error.status === 'number' ? error.status : undefined;
