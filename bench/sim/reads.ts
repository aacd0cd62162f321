import { Simulation } from './simulation.js';

const PERSONAS = 500;
const READ_EVERY_MS = 1_000;
const WRITES_PER_SECOND = 1;
const TTL_MS = 300_000;
const MEASURED_MS = 300_000;

export type CacheMode = 'no cache' | 'a cache in each process' | 'and a shared store';

/**
 * Simulates the reads per second that reach the service, with warm caches.
 *
 * Each process reads one of 500 personas per second, with a Zipf distribution. One persona is updated per second.
 */
export function simulateReads(processes: number, mode: CacheMode, seed: number): number {
  const simulation = new Simulation(seed);
  const weights = Array.from({ length: PERSONAS }, (_, rank) => 1 / (rank + 1));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const cumulativeWeights: number[] = [];
  let sum = 0;
  for (const weight of weights) {
    sum += weight / total;
    cumulativeWeights.push(sum);
  }
  const pickPersona = () => {
    const point = simulation.random();
    let low = 0;
    let high = PERSONAS - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((cumulativeWeights[middle] ?? 1) < point) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const localCaches = Array.from({ length: processes }, () => new Map<number, number>());
  const writtenAt = new Float64Array(PERSONAS).fill(Number.NEGATIVE_INFINITY);
  const sharedStore = new Float64Array(PERSONAS).fill(Number.NEGATIVE_INFINITY);
  const isFresh = (storedAt: number | undefined) =>
    storedAt !== undefined && simulation.now - storedAt < TTL_MS;
  let requests = 0;

  const read = (process: number) => {
    const id = pickPersona();
    const localCache = localCaches[process] as Map<number, number>;
    const hit =
      mode === 'no cache'
        ? false
        : mode === 'and a shared store'
          ? isFresh(sharedStore[id]) && (sharedStore[id] ?? 0) > (writtenAt[id] ?? 0)
          : isFresh(localCache.get(id));
    if (!hit) {
      if (simulation.now > TTL_MS) requests++;
      localCache.set(id, simulation.now);
      sharedStore[id] = simulation.now;
    }
    simulation.schedule(simulation.exponential(READ_EVERY_MS), () => read(process));
  };
  const write = () => {
    const id = pickPersona();
    writtenAt[id] = simulation.now;
    localCaches[Math.floor(simulation.random() * processes)]?.delete(id); // other processes do not invalidate their entry
    simulation.schedule(simulation.exponential(1_000 / WRITES_PER_SECOND), write);
  };
  for (let process = 0; process < processes; process++)
    simulation.schedule(simulation.random() * READ_EVERY_MS, () => read(process));
  write();
  simulation.run(TTL_MS + MEASURED_MS);
  return requests / (MEASURED_MS / 1000);
}
