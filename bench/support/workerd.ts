import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Subject } from './processes.js';

const resolvePath = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/**
 * A subject that sends the first request to each of several new isolates, in a new process of workerd.
 *
 * @param module path relative to `bench/`. It exports `open(url)`, which returns an object with the function `get`.
 */
export async function createFirstRequests(
  module: string,
  url: string,
  isolates: number,
): Promise<Pick<Subject, 'run'>> {
  const code = await bundleWorker(module);
  return {
    run: async () => {
      await using workerd = await startWorkerd(code, url, isolates);
      const cpuUs = await workerd.readCpuUs();
      const startedAt = performance.now();
      for (const port of workerd.ports) await expectPersona(port);
      const wallUs = ((performance.now() - startedAt) * 1_000) / isolates;
      return {
        wallUs,
        cpuUs: ((await workerd.readCpuUs()) - cpuUs) / isolates,
        p99Us: Number.NaN,
        callCount: isolates,
        value: Number.NaN,
      };
    },
  };
}

/** Bundles a worker like wrangler: into one file, not minified. Each request opens a client and reads a persona. */
async function bundleWorker(module: string): Promise<string> {
  const contents = `import { open } from ${JSON.stringify(resolvePath(`../${module}`))};
export default {
  fetch: async (_, { SERVICE }) => Response.json(await (await open(SERVICE)).get(1)),
};`;
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: resolvePath('..') },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    conditions: ['workerd', 'worker', 'browser'],
    logLevel: 'error',
    tsconfigRaw: {}, // tsconfig.json would replace the built package by its source
  });
  return outputFiles[0]?.text ?? '';
}

async function expectPersona(port: number): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}/`);
  const text = await response.text();
  if (!response.ok || !text.startsWith('{"id":1,')) throw new Error(`The worker failed: ${text}`);
}

const findProgram = (): string => createRequire(resolvePath('../peers/package.json'))('workerd').default;

interface Workerd extends AsyncDisposable {
  /** A port for each isolate. */
  readonly ports: readonly number[];
  /** CPU time of all threads of the process. NaN on systems other than Linux. */
  readCpuUs(): Promise<number>;
}

async function startWorkerd(code: string, serviceUrl: string, isolates: number): Promise<Workerd> {
  const folder = await mkdtemp(join(tmpdir(), 'persona-bench-workerd-'));
  await writeFile(join(folder, 'worker.mjs'), code);
  await writeFile(join(folder, 'config.capnp'), configFor(serviceUrl, isolates));
  const child = spawn(findProgram(), ['serve', '--control-fd=3', 'config.capnp'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
  });
  const stop = async () => {
    if (child.kill('SIGKILL')) await once(child, 'exit');
    await rm(folder, { recursive: true });
  };
  try {
    const ports = await readPorts(child, isolates);
    return { ports, readCpuUs: () => readCpuUs(child.pid), [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** workerd chooses free ports, and prints them to the control descriptor. */
async function readPorts({ stdio }: ChildProcess, count: number): Promise<number[]> {
  const ports: number[] = [];
  for await (const line of createInterface({ input: stdio[3] as NodeJS.ReadableStream })) {
    const event: { event: string; port?: number } = JSON.parse(line);
    if (event.event === 'listen' && event.port !== undefined) ports.push(event.port);
    if (ports.length === count) return ports;
  }
  throw new Error('workerd did not start');
}

async function readCpuUs(pid: number | undefined): Promise<number> {
  const folder = `/proc/${pid}/task`;
  const threads = await readdir(folder).catch(() => undefined);
  if (threads === undefined) return Number.NaN;
  const nanoseconds = await Promise.all(
    threads.map(async (thread) =>
      Number.parseInt(await readFile(join(folder, thread, 'schedstat'), 'utf8'), 10),
    ),
  );
  return nanoseconds.reduce((sum, time) => sum + time, 0) / 1_000;
}

function configFor(serviceUrl: string, isolates: number): string {
  const numbers = Array.from({ length: isolates }, (_, index) => index);
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
${numbers.map((n) => `    (name = "main${n}", worker = .worker),`).join('\n')}
    (name = "internet", network = (allow = ["private", "local", "public"])),
  ],
  sockets = [
${numbers.map((n) => `    (name = "http${n}", address = "127.0.0.1:0", http = (), service = "main${n}"),`).join('\n')}
  ],
);
const worker :Workerd.Worker = (
  modules = [(name = "worker.mjs", esModule = embed "worker.mjs")],
  compatibilityDate = "2026-07-30",
  bindings = [(name = "SERVICE", text = "${serviceUrl}")],
);
`;
}
