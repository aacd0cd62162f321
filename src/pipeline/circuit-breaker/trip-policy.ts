import type { ResolvedBreakerOptions } from '../../config/breaker-options.js';

/** Decides when a closed circuit opens. */
export interface TripPolicy {
  success(): void;
  /** Returns whether the circuit must open. */
  failure(): boolean;
  /** Discards the counts after the circuit closed. */
  reset(): void;
}

/** Creates the failure rate policy if `errorThresholdPercentage` is set, otherwise the consecutive failures policy. */
export const createTripPolicy = ({
  failMax,
  errorThresholdPercentage,
  volumeThreshold,
  windowMs,
}: ResolvedBreakerOptions): TripPolicy =>
  errorThresholdPercentage === undefined
    ? consecutiveFailures(failMax)
    : failureRate(errorThresholdPercentage, volumeThreshold, windowMs);

/** Trips after `failMax` failures in a row. */
export function consecutiveFailures(failMax: number): TripPolicy {
  let failures = 0;
  return {
    success: () => {
      failures = 0;
    },
    failure: () => ++failures >= failMax,
    reset: () => {
      failures = 0;
    },
  };
}

const BUCKETS_PER_WINDOW = 10;

interface Bucket {
  /** Sequence number of the bucket. Bucket 0 starts when `performance.now()` is 0. */
  readonly index: number;
  failures: number;
  total: number;
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
    const index = Math.floor(performance.now() / (windowMs / BUCKETS_PER_WINDOW));
    buckets = buckets.filter((bucket) => bucket.index > index - BUCKETS_PER_WINDOW);
    const last = buckets.at(-1);
    if (last?.index === index) return last;
    const bucket = { index, failures: 0, total: 0 };
    buckets.push(bucket);
    return bucket;
  }

  return {
    success: () => {
      currentBucket().total++;
    },
    failure: () => {
      const current = currentBucket();
      current.total++;
      current.failures++;
      const total = buckets.reduce((sum, bucket) => sum + bucket.total, 0);
      const failures = buckets.reduce((sum, bucket) => sum + bucket.failures, 0);
      return total >= volumeThreshold && failures * 100 >= total * errorThresholdPercentage;
    },
    reset: () => {
      buckets = [];
    },
  };
}
