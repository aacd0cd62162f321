import { World } from './world.js';

const PERSONAS = 500;
const READ_EVERY_MS = 1_000;
const WRITES_PER_SECOND = 1;
const TTL_MS = 300_000;
const MEASURED_MS = 300_000;

export type Cached = 'no cache' | 'a cache in each process' | 'and a shared store';

/**
 * Reads a second that reach the service: so many processes, a read a second each, of 500 personas of which a few are read
 * often (Zipf), while one is written each second. Measured when the caches are warm.
 */
export function reads(processes: number, cached: Cached, seed: number): number {
  const world = new World(seed);
  const weights = Array.from({ length: PERSONAS }, (_, rank) => 1 / (rank + 1));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const cumulated: number[] = [];
  let sum = 0;
  for (const weight of weights) {
    sum += weight / total;
    cumulated.push(sum);
  }
  const persona = () => {
    const point = world.random();
    let low = 0;
    let high = PERSONAS - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((cumulated[middle] ?? 1) < point) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const local = Array.from({ length: processes }, () => new Map<number, number>());
  const writtenAt = new Float64Array(PERSONAS).fill(Number.NEGATIVE_INFINITY);
  const shared = new Float64Array(PERSONAS).fill(Number.NEGATIVE_INFINITY);
  const isFresh = (keptAt: number | undefined) => keptAt !== undefined && world.now - keptAt < TTL_MS;
  let reached = 0;

  const read = (process: number) => {
    const id = persona();
    const own = local[process] as Map<number, number>;
    const hit =
      cached === 'no cache'
        ? false
        : cached === 'and a shared store'
          ? isFresh(shared[id]) && (shared[id] ?? 0) > (writtenAt[id] ?? 0)
          : isFresh(own.get(id));
    if (!hit) {
      if (world.now > TTL_MS) reached++;
      own.set(id, world.now);
      shared[id] = world.now;
    }
    world.in(world.exponential(READ_EVERY_MS), () => read(process));
  };
  const write = () => {
    const id = persona();
    writtenAt[id] = world.now;
    local[Math.floor(world.random() * processes)]?.delete(id); // the others do not know of it
    world.in(world.exponential(1_000 / WRITES_PER_SECOND), write);
  };
  for (let process = 0; process < processes; process++)
    world.in(world.random() * READ_EVERY_MS, () => read(process));
  write();
  world.run(TTL_MS + MEASURED_MS);
  return reached / (MEASURED_MS / 1000);
}
