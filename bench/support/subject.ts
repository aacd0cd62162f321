/**
 * What is measured, alone in its process: `node subject.ts <module> <url>`. The module's `open(url)` gives operations, functions of
 * a number that is another one each time.
 */
export interface Operations {
  readonly [operation: string]: (n: number) => unknown;
}
export interface Chunk {
  readonly operation: string;
  readonly calls: number;
  /** How many of them at a time. */
  readonly concurrency: number;
}
export interface Took {
  readonly wallUs: number;
  /** Of all threads of the process, garbage collection included. */
  readonly cpuUs: number;
}

const LEAD_IN = 0.1; // so much more before the clock starts: connections that had been closed are opened again

const [, , module = '', url = ''] = process.argv;
const { open }: { open(url: string): Promise<Operations> } = await import(module);
const operations = await open(url);
let n = 0;

async function go({ operation, concurrency }: Chunk, calls: number): Promise<void> {
  const run = operations[operation];
  if (!run) throw new Error(`${module} has no ${operation}`);
  let left = calls;
  const lane = async () => {
    while (left > 0) {
      left--;
      await run(++n);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
}

process.on('message', async (chunk: Chunk) => {
  await go(chunk, Math.ceil(chunk.calls * LEAD_IN));
  const cpu = process.cpuUsage();
  const began = performance.now();
  await go(chunk, chunk.calls);
  const wallUs = ((performance.now() - began) * 1000) / chunk.calls;
  const { user, system } = process.cpuUsage(cpu);
  process.send?.({ wallUs, cpuUs: (user + system) / chunk.calls } satisfies Took);
});
process.on('disconnect', () => process.exit());
process.send?.('ready');
