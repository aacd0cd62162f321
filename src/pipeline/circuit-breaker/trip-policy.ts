/** When a closed circuit opens: told of every outcome that counts, it answers whether this failure was one too many. */
export interface TripPolicy {
  success(): void;
  failure(): boolean;
  /** Start anew, after the circuit closed. */
  reset(): void;
}

/** After so many failures in a row. */
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

const BUCKETS = 10;

interface Bucket {
  /** Which tenth of a window this is, counted from the start of time. */
  readonly tenth: number;
  failures: number;
  all: number;
}

/** When a share of the outcomes within a sliding window are failures, and there are enough of them to tell. */
export function failureRate(
  errorThresholdPercentage: number,
  volumeThreshold: number,
  windowMs: number,
): TripPolicy {
  let buckets: Bucket[] = [];

  function current(): Bucket {
    const tenth = Math.floor(performance.now() / (windowMs / BUCKETS));
    buckets = buckets.filter((bucket) => bucket.tenth > tenth - BUCKETS);
    const last = buckets.at(-1);
    if (last?.tenth === tenth) return last;
    const bucket = { tenth, failures: 0, all: 0 };
    buckets.push(bucket);
    return bucket;
  }

  return {
    success: () => {
      current().all++;
    },
    failure: () => {
      const bucket = current();
      bucket.all++;
      bucket.failures++;
      const all = buckets.reduce((sum, one) => sum + one.all, 0);
      const failures = buckets.reduce((sum, one) => sum + one.failures, 0);
      return all >= volumeThreshold && failures * 100 >= all * errorThresholdPercentage;
    },
    reset: () => {
      buckets = [];
    },
  };
}
