/**
 * Runs one subject in its own process: `node subject.ts <module> <url>`.
 *
 * `open(url)` of the module returns operations. Each operation gets a number that differs in every call.
 * A module with the operation `get` also gets the operations that `deriveOperations` creates.
 */
export interface Operations {
  readonly [operation: string]: (n: number) => unknown;
}
export interface Workload {
  readonly operation: string;
  readonly calls: number;
  /** Number of concurrent calls. @default 1 */
  readonly concurrency?: number;
  /** Argument of each call. @default a number that was not used before */
  readonly argument?: number;
  /** Time each call. Costs 0.1 µs per call, which is too much for calls of one or two microseconds. @default false */
  readonly timeEachCall?: boolean;
}
export interface Measurement {
  readonly wallUs: number;
  /** CPU time of all threads of the process, including garbage collection. */
  readonly cpuUs: number;
  /** 99th percentile in microseconds. NaN without `timeEachCall`. */
  readonly p99Us: number;
  /** Number of calls, including untimed calls. */
  readonly callCount: number;
  /** Result of the last call if it is a number, otherwise NaN. */
  readonly value: number;
}

/** Untimed calls before each measurement, which reopen closed connections. */
const WARM_UP_SHARE = 0.1;
const CONCURRENT_CALLS = 1_000;

const deriveOperations = (get: (n: number) => unknown): Operations => ({
  get,
  getSmall: () => get(1),
  getLarge: () => get(2),
  getSameConcurrently: (n) => Promise.all(Array.from({ length: CONCURRENT_CALLS }, () => get(n))),
  /** Sends concurrent calls, and returns the number of failures. */
  countFailures: async (n) => {
    const calls = Array.from({ length: CONCURRENT_CALLS }, (_, index) => get(n * CONCURRENT_CALLS + index));
    const results = await Promise.allSettled(calls);
    return results.filter(({ status }) => status === 'rejected').length;
  },
  expectFailure: async (n) => {
    try {
      await get(n);
    } catch {
      return;
    }
    throw new Error('The call succeeded, but the service should be unavailable');
  },
});

const [, , module = '', url = ''] = process.argv;
const { open }: { open(url: string): Promise<Operations> } = await import(module);
const moduleOperations = await open(url);
const operations: Operations = moduleOperations.get
  ? { ...deriveOperations(moduleOperations.get), ...moduleOperations }
  : moduleOperations;
let lastNumber = 0;

async function runCalls(workload: Workload, calls: number, durations?: number[]): Promise<unknown> {
  const operation = operations[workload.operation];
  if (!operation) throw new Error(`${module} has no operation ${workload.operation}`);
  let remaining = calls;
  let lastResult: unknown;
  const worker = async () => {
    while (remaining > 0) {
      remaining--;
      const startedAt = durations && performance.now();
      lastResult = await operation(workload.argument ?? ++lastNumber);
      if (startedAt !== undefined) durations?.push(performance.now() - startedAt);
    }
  };
  await Promise.all(Array.from({ length: workload.concurrency ?? 1 }, worker));
  return lastResult;
}

process.on('message', async (workload: Workload) => {
  const warmUpCalls = Math.floor(workload.calls * WARM_UP_SHARE);
  await runCalls(workload, warmUpCalls);
  const durations: number[] | undefined = workload.timeEachCall ? [] : undefined;
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  const value = await runCalls(workload, workload.calls, durations);
  const wallUs = ((performance.now() - startedAt) * 1000) / workload.calls;
  const { user, system } = process.cpuUsage(cpu);
  durations?.sort((a, b) => a - b);
  process.send?.({
    wallUs,
    cpuUs: (user + system) / workload.calls,
    p99Us: (durations?.[Math.floor(0.99 * (durations.length - 1))] ?? Number.NaN) * 1000,
    callCount: warmUpCalls + workload.calls,
    value: typeof value === 'number' ? value : Number.NaN,
  } satisfies Measurement);
});
process.on('disconnect', () => process.exit());
process.send?.('ready');
