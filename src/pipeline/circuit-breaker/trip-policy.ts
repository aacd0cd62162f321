import type { ResolvedBreakerOptions } from '../../config/breaker-options.js';
import { deleteOldest } from '../../core/delete-oldest.js';
import { monotonicNow } from '../../core/monotonic-now.js';

/**
 * Decides when a closed circuit opens.
 *
 * Repeated failures of one resource count once while attempts for other resources succeed in between.
 */
export interface TripPolicy {
  success(resource?: string): void;
  /**
   * Returns whether the circuit must open.
   *
   * @param resource the resource that may be the only one to fail.
   */
  failure(resource?: string): boolean;
  /** Discards the counts after the circuit closed. */
  reset(): void;
}

/** Limits the memory. Every failure of a resource beyond this number counts. */
const MAX_RESOURCES = 100;

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
 * @param windowMs how long a resource is known to fail while others succeed.
 */
export function consecutiveFailures(failMax: number, windowMs: number): TripPolicy {
  let failures = 0;
  /** The resources that failed since the last success. */
  const failing = new Set<string>();
  /** The resources that failed before another one succeeded, and the time of that success. The oldest is first. */
  const broken = new Map<string, number>();
  const isBroken = (resource: string) =>
    monotonicNow() - (broken.get(resource) ?? Number.NEGATIVE_INFINITY) < windowMs;
  const reset = () => {
    failures = 0;
    failing.clear();
  };
  return {
    success: (resource) => {
      if (failures === 0) return;
      failing.delete(resource ?? '');
      for (const other of failing) {
        broken.delete(other);
        broken.set(other, monotonicNow());
      }
      deleteOldest(broken, MAX_RESOURCES);
      reset();
    },
    failure: (resource) => {
      if (resource !== undefined) {
        if (failing.has(resource) && isBroken(resource)) return false;
        failing.add(resource);
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
  /** Failures that are not about one resource. */
  failures: number;
  /** These failures and all successes. */
  total: number;
  readonly resources: Map<string, FailingResource>;
}

interface FailingResource {
  failures: number;
  /** Whether another resource succeeded after this one failed. This one then counts once. */
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
    const bucket = { index, failures: 0, total: 0, resources: new Map<string, FailingResource>() };
    buckets.push(bucket);
    return bucket;
  }

  /** Counts a failure. Returns `false` if the resource has already counted. */
  function count(current: Bucket, resource: string | undefined): boolean {
    if (resource !== undefined && buckets.some(({ resources }) => resources.get(resource)?.isBroken))
      return false;
    const { resources } = current;
    const known = resource !== undefined && resources.get(resource);
    if (known) known.failures++;
    else if (resource !== undefined && resources.size < MAX_RESOURCES)
      resources.set(resource, { failures: 1, isBroken: false });
    else {
      current.failures++;
      current.total++;
    }
    return true;
  }

  /** Call after a success. From then on, the failures of each other resource count once. */
  function markOthersBroken(succeeded: string | undefined): void {
    const seen = new Set([succeeded]);
    for (const { resources } of buckets)
      for (const [resource, state] of resources)
        if (resource !== succeeded && seen.has(resource)) resources.delete(resource);
        else if (resource !== succeeded) {
          seen.add(resource);
          state.failures = 1;
          state.isBroken = true;
        }
  }

  return {
    success: (resource) => {
      currentBucket().total++;
      markOthersBroken(resource);
    },
    failure: (resource) => {
      if (!count(currentBucket(), resource)) return false;
      let [failures, total] = [0, 0];
      for (const bucket of buckets) {
        const resources = [...bucket.resources.values()];
        const resourceFailures = resources.reduce((sum, state) => sum + state.failures, 0);
        failures += bucket.failures + resourceFailures;
        total += bucket.total + resourceFailures;
      }
      return total >= volumeThreshold && failures * 100 >= total * errorThresholdPercentage;
    },
    reset: () => {
      buckets = [];
    },
  };
}
