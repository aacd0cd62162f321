import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const REPOSITORY = fileURLToPath(new URL('../../../..', import.meta.url));
const WORKER = fileURLToPath(new URL('../programs/worker.ts', import.meta.url));

/** A worker in workerd. */
export interface RunningWorker extends AsyncDisposable {
  readonly url: string;
  /** What workerd printed so far. */
  readonly output: () => string;
}

/** Bundles the worker from the source of the client. */
export async function bundleWorker(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [WORKER],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    conditions: ['workerd', 'worker', 'browser'],
    alias: { 'persona-client': join(REPOSITORY, 'src/index.ts'), events: 'eventemitter3' },
  });
  return outputFiles[0]?.text ?? '';
}

/** Starts a worker. @param workerdPackage the folder of the npm package `workerd`. */
export async function startWorker(
  workerdPackage: string,
  code: string,
  serviceUrl: string,
): Promise<RunningWorker> {
  const folder = await mkdtemp(join(tmpdir(), 'persona-client-workerd-'));
  await writeFile(join(folder, 'worker.mjs'), code);
  await writeFile(join(folder, 'config.capnp'), configFor(serviceUrl));
  const child = spawn(findProgram(workerdPackage), ['serve', '--control-fd=3', 'config.capnp'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk) => {
      output += chunk;
    });
  const port = await readPort(child, () => output);
  return {
    url: `http://127.0.0.1:${port}`,
    output: () => output,
    [Symbol.asyncDispose]: async () => {
      const exited = child.exitCode === null ? once(child, 'exit') : undefined;
      child.kill('SIGKILL');
      await exited;
      await rm(folder, { recursive: true });
    },
  };
}

const findProgram = (workerdPackage: string): string => {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch === 'x64' ? '64' : process.arch}`;
  const { resolve } = createRequire(join(workerdPackage, 'package.json'));
  return resolve(`@cloudflare/workerd-${platform}/bin/workerd`);
};

/** workerd chooses a free port, and prints it to the control descriptor. */
async function readPort(child: ChildProcess, output: () => string): Promise<number> {
  const control = child.stdio[3] as NodeJS.ReadableStream;
  let text = '';
  for await (const chunk of control) {
    text += chunk;
    const port = /"event":"listen","socket":"http","port":(\d+)/.exec(text)?.[1];
    if (port !== undefined) {
      control.resume();
      return Number(port);
    }
  }
  throw new Error(`workerd did not start: ${output()}`);
}

const configFor = (serviceUrl: string) => `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "internet", network = (allow = ["private", "local", "public"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [(name = "worker.mjs", esModule = embed "worker.mjs")],
  compatibilityDate = "2026-07-30",
  bindings = [(name = "SERVICE", text = "${serviceUrl}")],
);
`;

export interface Visit {
  /** The body of the response. Rejects if the connection breaks. */
  readonly body: Promise<string>;
  /** Resets the connection. */
  leave(): void;
}

/** A visitor of the worker, with a connection of its own. */
export function visit(worker: Pick<RunningWorker, 'url'>, path: string): Visit {
  const { hostname, port } = new URL(worker.url);
  const socket = connect(Number(port), hostname);
  const body = new Promise<string>((resolve, reject) => {
    const request = get(`${worker.url}${path}`, { createConnection: () => socket }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve(text));
      response.on('error', reject);
    });
    request.on('error', reject);
  });
  body.catch(() => {});
  return { body, leave: () => socket.resetAndDestroy() };
}
