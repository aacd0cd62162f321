import { World } from './world.js';

export interface Manner {
  readonly name: string;
  readonly limit: number;
  /** Retries in reserve, see `retry.budget`. */
  readonly budget: number;
  /** Consecutive failures that open the circuit. */
  readonly failMax: number;
}

export const MANNERS: readonly Manner[] = [
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
const OUTAGE_FROM = 60_000;
const OUTAGE_FOR = 120_000;
const BACKOFF_MS = 500;
const RESET_MS = 60_000;
const PER_SUCCESS = 0.1;
const REFILL_MS = 10_000;

export interface Course {
  /** Requests for each call during the outage. */
  readonly perCall: number;
  /** Requests in each second of the whole course. */
  readonly perSecond: readonly number[];
  /** Seconds after the outage until nine in ten calls succeed again. */
  readonly recoveredAfter: number;
}

/**
 * So many processes, a call a second each. The service answers within 20 ms up to `capacity` requests a second, beyond
 * that with 503; between two points of time it answers 503 to everything.
 */
export function outage(processes: number, manner: Manner, seed: number): Course {
  const world = new World(seed);
  const capacity = processes * 1.5;
  const seconds = (OUTAGE_FROM + OUTAGE_FOR + 180_000) / 1000;
  const perSecond = new Array<number>(seconds).fill(0);
  const ended = perSecond.map(() => ({ good: 0, all: 0 }));
  let duringCalls = 0;
  let duringRequests = 0;
  const isOut = () => world.now >= OUTAGE_FROM && world.now < OUTAGE_FROM + OUTAGE_FOR;

  const answers = (): boolean => {
    const second = Math.floor(world.now / 1000);
    const served = (perSecond[second] ?? 0) + 1;
    perSecond[second] = served;
    if (isOut()) duringRequests++;
    return !isOut() && served <= capacity;
  };

  for (let process = 0; process < processes; process++) {
    let left = manner.budget;
    let earnedAt = 0;
    let failures = 0;
    let openUntil = 0;
    let probing = false;
    const spend = () => {
      left = Math.min(manner.budget, left + (world.now - earnedAt) / REFILL_MS);
      earnedAt = world.now;
      if (left < 1) return false;
      left--;
      return true;
    };
    const over = (good: boolean) => {
      const bin = ended[Math.floor(world.now / 1000)];
      if (!bin) return;
      bin.all++;
      if (good) bin.good++;
    };
    const attempt = (number: number) => {
      const isOpen = failures >= manner.failMax;
      if (isOpen && (world.now < openUntil || probing)) return over(false);
      probing = isOpen;
      const good = answers();
      world.in(20, () => {
        if (isOpen) probing = false;
        if (good) {
          failures = 0;
          left = Math.min(manner.budget, left + PER_SUCCESS);
          return over(true);
        }
        failures++;
        if (failures >= manner.failMax) {
          openUntil = world.now + RESET_MS;
          return over(false);
        }
        if (number > manner.limit || !spend()) return over(false);
        world.in(world.random() * BACKOFF_MS * 2 ** (number - 1), () => attempt(number + 1));
      });
    };
    const call = () => {
      if (isOut()) duringCalls++;
      attempt(1);
      world.in(world.exponential(CALL_EVERY_MS), call);
    };
    world.in(world.random() * CALL_EVERY_MS, call);
  }
  world.run(seconds * 1000);

  const from = (OUTAGE_FROM + OUTAGE_FOR) / 1000;
  const well = ended.findIndex(({ good, all }, second) => second >= from && all > 0 && good >= 0.9 * all);
  return {
    perCall: duringRequests / duringCalls,
    perSecond,
    recoveredAfter: well < 0 ? Number.NaN : well - from,
  };
}
