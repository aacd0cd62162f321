import { Simulation } from './simulation.js';

export interface RetryPolicy {
  readonly name: string;
  readonly limit: number;
  /** Retry budget, as in `retry.budget`. */
  readonly budget: number;
  /** Number of consecutive failures that opens the circuit. */
  readonly failMax: number;
}

export const RETRY_POLICIES: readonly RetryPolicy[] = [
  {
    name: 'three retries, nothing else',
    limit: 3,
    budget: Number.POSITIVE_INFINITY,
    failMax: Number.POSITIVE_INFINITY,
  },
  { name: 'and a retry budget', limit: 3, budget: 10, failMax: Number.POSITIVE_INFINITY },
  { name: 'and a circuit: the defaults', limit: 3, budget: 10, failMax: 5 },
];

const CALL_EVERY_MS = 1_000;
const OUTAGE_START_MS = 60_000;
const OUTAGE_DURATION_MS = 120_000;
const BACKOFF_MS = 500;
const RESET_MS = 60_000;
const BUDGET_PER_SUCCESS = 0.1;
const REFILL_MS = 10_000;

export interface OutageResult {
  /** Requests per call during the outage. */
  readonly requestsPerCall: number;
  /** Requests in each second of the simulation. */
  readonly requestsPerSecond: readonly number[];
  /** Seconds after the outage until 90 % of the calls succeed. */
  readonly recoverySeconds: number;
}

/**
 * Simulates processes that each make one call per second, and an outage of the service.
 *
 * The service responds within 20 ms. It fails with 503 during the outage, and above its capacity.
 */
export function simulateOutage(processes: number, policy: RetryPolicy, seed: number): OutageResult {
  const simulation = new Simulation(seed);
  const capacity = processes * 1.5;
  const seconds = (OUTAGE_START_MS + OUTAGE_DURATION_MS + 180_000) / 1000;
  const requestsPerSecond = new Array<number>(seconds).fill(0);
  const calls = requestsPerSecond.map(() => ({ succeeded: 0, total: 0 }));
  let outageCalls = 0;
  let outageRequests = 0;
  const isOut = () =>
    simulation.now >= OUTAGE_START_MS && simulation.now < OUTAGE_START_MS + OUTAGE_DURATION_MS;

  const sendRequest = (): boolean => {
    const second = Math.floor(simulation.now / 1000);
    const requestCount = (requestsPerSecond[second] ?? 0) + 1;
    requestsPerSecond[second] = requestCount;
    if (isOut()) outageRequests++;
    return !isOut() && requestCount <= capacity;
  };

  for (let process = 0; process < processes; process++) {
    let remainingBudget = policy.budget;
    let refilledAt = 0;
    let failures = 0;
    let openUntil = 0;
    let probing = false;
    const tryAcquire = () => {
      remainingBudget = Math.min(policy.budget, remainingBudget + (simulation.now - refilledAt) / REFILL_MS);
      refilledAt = simulation.now;
      if (remainingBudget < 1) return false;
      remainingBudget--;
      return true;
    };
    const endCall = (isSuccess: boolean) => {
      const bin = calls[Math.floor(simulation.now / 1000)];
      if (!bin) return;
      bin.total++;
      if (isSuccess) bin.succeeded++;
    };
    const attempt = (attemptNumber: number) => {
      const isOpen = failures >= policy.failMax;
      if (isOpen && (simulation.now < openUntil || probing)) return endCall(false);
      probing = isOpen;
      const succeeded = sendRequest();
      simulation.schedule(20, () => {
        if (isOpen) probing = false;
        if (succeeded) {
          failures = 0;
          remainingBudget = Math.min(policy.budget, remainingBudget + BUDGET_PER_SUCCESS);
          return endCall(true);
        }
        failures++;
        if (failures >= policy.failMax) {
          openUntil = simulation.now + RESET_MS;
          return endCall(false);
        }
        if (attemptNumber > policy.limit || !tryAcquire()) return endCall(false);
        simulation.schedule(simulation.random() * BACKOFF_MS * 2 ** (attemptNumber - 1), () =>
          attempt(attemptNumber + 1),
        );
      });
    };
    const call = () => {
      if (isOut()) outageCalls++;
      attempt(1);
      simulation.schedule(simulation.exponential(CALL_EVERY_MS), call);
    };
    simulation.schedule(simulation.random() * CALL_EVERY_MS, call);
  }
  simulation.run(seconds * 1000);

  const outageEnd = (OUTAGE_START_MS + OUTAGE_DURATION_MS) / 1000;
  const recoveredAt = calls.findIndex(
    ({ succeeded, total }, second) => second >= outageEnd && total > 0 && succeeded >= 0.9 * total,
  );
  return {
    requestsPerCall: outageRequests / outageCalls,
    requestsPerSecond,
    recoverySeconds: recoveredAt < 0 ? Number.NaN : recoveredAt - outageEnd,
  };
}
