import type { ResolvedBreakerOptions } from '../../config/breaker-options.js';
import { deleteOldest } from '../../core/delete-oldest.js';
import { monotonicNow } from '../../core/monotonic-now.js';

/**
 * Decides when a closed circuit opens.
 *
 * Repeated failures of one failure scope count once if attempts for other scopes succeed in between. See `findFailureScope`.
 */
export interface TripPolicy {
  success(scope?: string): void;
  /**
   * Returns whether the circuit must open.
   *
   * @param scope the failure scope, if others may still work.
   */
  failure(scope?: string): boolean;
  /** Discards the counts after the circuit closed. */
  reset(): void;
}

/** How many scopes a policy remembers, to limit its memory. Each failure of another scope counts. */
const MAX_SCOPES = 100;

/** Creates the failure rate policy if `errorThresholdPercentage` is set, otherwise the consecutive failures policy. */
export const createTripPolicy = ({
  failMax,
  errorThresholdPercentage,
  volumeThreshold,
  windowMs,
}: ResolvedBreakerOptions): TripPolicy =>
  errorThresholdPercentage === undefined
    ? consecutiveFailures(failMax, windowMs)
    : failureRate(errorThresholdPercentage, volumeThreshold, windowMs);

/**
 * Trips after `failMax` failures in a row.
 *
 * @param windowMs how long the policy remembers that a scope fails while others succeed.
 */
export function consecutiveFailures(failMax: number, windowMs: number): TripPolicy {
  let failures = 0;
  /** The scopes that failed since the last success. */
  const failing = new Set<string>();
  /** The scopes that failed before another one succeeded, and the time of that success. The oldest is first. */
  const broken = new Map<string, number>();
  const isBroken = (scope: string) =>
    monotonicNow() - (broken.get(scope) ?? Number.NEGATIVE_INFINITY) < windowMs;
  const reset = () => {
    failures = 0;
    failing.clear();
  };
  return {
    success: (scope) => {
      if (failures === 0) return;
      failing.delete(scope ?? '');
      for (const other of failing) {
        broken.delete(other);
        broken.set(other, monotonicNow());
      }
      deleteOldest(broken, MAX_SCOPES);
      reset();
    },
    failure: (scope) => {
      if (scope !== undefined) {
        if (failing.has(scope) && isBroken(scope)) return false;
        failing.add(scope);
      }
      return ++failures >= failMax;
    },
    reset,
  };
}

const BUCKETS_PER_WINDOW = 10;

interface Bucket {
  /** Sequence number of the bucket. Bucket 0 starts when `monotonicNow()` is 0. */
  readonly index: number;
  /** Failures that are not about one scope, or whose scope exceeds `MAX_SCOPES`. */
  failures: number;
  /** These failures and all successes. */
  total: number;
  readonly scopes: Map<string, FailingScope>;
}

interface FailingScope {
  failures: number;
  /** Whether another scope succeeded after this one failed. This one then counts once. */
  isBroken: boolean;
}

/**
 * Trips if the failure rate within a sliding window reaches the threshold.
 *
 * @param volumeThreshold minimum number of attempts within the window before the rate applies.
 */
export function failureRate(
  errorThresholdPercentage: number,
  volumeThreshold: number,
  windowMs: number,
): TripPolicy {
  let buckets: Bucket[] = [];

  function currentBucket(): Bucket {
    const index = Math.floor(monotonicNow() / (windowMs / BUCKETS_PER_WINDOW));
    buckets = buckets.filter((bucket) => bucket.index > index - BUCKETS_PER_WINDOW);
    const last = buckets.at(-1);
    if (last?.index === index) return last;
    const bucket = { index, failures: 0, total: 0, scopes: new Map<string, FailingScope>() };
    buckets.push(bucket);
    return bucket;
  }

  /** Counts a failure. Returns `false` if the scope has already counted. */
  function count(current: Bucket, scope: string | undefined): boolean {
    if (scope !== undefined && buckets.some(({ scopes }) => scopes.get(scope)?.isBroken)) return false;
    const { scopes } = current;
    const known = scope !== undefined && scopes.get(scope);
    if (known) known.failures++;
    else if (scope !== undefined && scopes.size < MAX_SCOPES)
      scopes.set(scope, { failures: 1, isBroken: false });
    else {
      current.failures++;
      current.total++;
    }
    return true;
  }

  /** Call after a success. From then on, the failures of each other scope count once. */
  function markOthersBroken(succeeded: string | undefined): void {
    const seen = new Set([succeeded]);
    for (const { scopes } of buckets)
      for (const [scope, state] of scopes)
        if (scope !== succeeded && seen.has(scope)) scopes.delete(scope);
        else if (scope !== succeeded) {
          seen.add(scope);
          state.failures = 1;
          state.isBroken = true;
        }
  }

  return {
    success: (scope) => {
      currentBucket().total++;
      markOthersBroken(scope);
    },
    failure: (scope) => {
      if (!count(currentBucket(), scope)) return false;
      let [failures, total] = [0, 0];
      for (const bucket of buckets) {
        const scopes = [...bucket.scopes.values()];
        const scopeFailures = scopes.reduce((sum, state) => sum + state.failures, 0);
        failures += bucket.failures + scopeFailures;
        total += bucket.total + scopeFailures;
      }
      return total >= volumeThreshold && failures * 100 >= total * errorThresholdPercentage;
    },
    reset: () => {
      buckets = [];
    },
  };
}
