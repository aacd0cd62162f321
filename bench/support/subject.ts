/**
 * What is measured, alone in its process: `node subject.ts <module> <url>`. The module's `open(url)` gives operations: functions of a
 * number, which is another one each time. What follows from a `get` by id, everyone with a `get` has.
 */
export interface Operations {
  readonly [operation: string]: (n: number) => unknown;
}
export interface Chunk {
  readonly operation: string;
  readonly calls: number;
  /** How many of them at a time. @default 1 */
  readonly concurrency?: number;
  /** Given to each call. @default a number that was not given before */
  readonly n?: number;
  /** Time each call, which costs a tenth of a microsecond: of those that take one or two, too much. @default false */
  readonly each?: boolean;
}
export interface Took {
  readonly wallUs: number;
  /** Of all threads of the process, garbage collection included. */
  readonly cpuUs: number;
  /** Of a hundred calls, the second slowest, where each was timed. */
  readonly p99Us: number;
  /** Calls in all, those included that were not timed. */
  readonly made: number;
  /** What the last call gave, where it is a number. */
  readonly value: number;
}

const LEAD_IN = 0.1; // so much more before the clock starts: connections that had been closed are opened again
const HERD = 1_000;

const fromGet = (get: (n: number) => unknown): Operations => ({
  get,
  small: () => get(1),
  full: () => get(2),
  herd: (n) => Promise.all(Array.from({ length: HERD }, () => get(n))),
  /** How many of them failed. */
  crowd: async (n) => {
    const all = await Promise.allSettled(Array.from({ length: HERD }, (_, at) => get(n * HERD + at)));
    return all.filter(({ status }) => status === 'rejected').length;
  },
  failing: async (n) => {
    try {
      await get(n);
    } catch {
      return;
    }
    throw new Error('the service was to be unavailable');
  },
});

const [, , module = '', url = ''] = process.argv;
const { open }: { open(url: string): Promise<Operations> } = await import(module);
const own = await open(url);
const operations: Operations = own.get ? { ...fromGet(own.get), ...own } : own;
let n = 0;

async function go(chunk: Chunk, calls: number, durations?: number[]): Promise<unknown> {
  const run = operations[chunk.operation];
  if (!run) throw new Error(`${module} has no ${chunk.operation}`);
  let left = calls;
  let last: unknown;
  const lane = async () => {
    while (left > 0) {
      left--;
      const began = durations && performance.now();
      last = await run(chunk.n ?? ++n);
      if (began !== undefined) durations?.push(performance.now() - began);
    }
  };
  await Promise.all(Array.from({ length: chunk.concurrency ?? 1 }, lane));
  return last;
}

process.on('message', async (chunk: Chunk) => {
  const leadIn = Math.floor(chunk.calls * LEAD_IN);
  await go(chunk, leadIn);
  const durations: number[] | undefined = chunk.each ? [] : undefined;
  const cpu = process.cpuUsage();
  const began = performance.now();
  const value = await go(chunk, chunk.calls, durations);
  const wallUs = ((performance.now() - began) * 1000) / chunk.calls;
  const { user, system } = process.cpuUsage(cpu);
  durations?.sort((a, b) => a - b);
  process.send?.({
    wallUs,
    cpuUs: (user + system) / chunk.calls,
    p99Us: (durations?.[Math.floor(0.99 * (durations.length - 1))] ?? Number.NaN) * 1000,
    made: leadIn + chunk.calls,
    value: typeof value === 'number' ? value : Number.NaN,
  } satisfies Took);
});
process.on('disconnect', () => process.exit());
process.send?.('ready');
