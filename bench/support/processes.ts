import { type ChildProcess, execFile, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Ports, RequestCounts, ServiceCommand } from './server.js';
import type { Measurement, Workload } from './subject.js';

const resolvePath = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Waits for the next message of a child process. Fails if the process ends before. */
function nextMessage<Message>(child: ChildProcess, name: string): Promise<Message> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null) => reject(new Error(`${name} ended with ${code}`));
    child.once('exit', onExit);
    child.once('message', (message) => {
      child.off('exit', onExit);
      resolve(message as Message);
    });
  });
}

/** Starts a program with plain Node.js, so that no loader affects the subject. */
async function startProcess<First>(
  program: string,
  args: readonly string[],
  name: string,
  flags: readonly string[] = [],
) {
  const child = fork(resolvePath(program), args, { execArgv: ['--expose-gc', ...flags] });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const first = await nextMessage<First>(child, name);
  return {
    first,
    request: <Reply>(message: object): Promise<Reply> => {
      const reply = nextMessage<Reply>(child, name);
      child.send(message);
      return reply;
    },
    [Symbol.asyncDispose]: async () => {
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}

export interface Service extends AsyncDisposable {
  readonly plain: string;
  readonly chunked: string;
  send(command: ServiceCommand): Promise<RequestCounts>;
}

export async function startService(): Promise<Service> {
  const server = await startProcess<Ports>('server.ts', [], 'the service');
  const baseUrl = (port: number) => `http://127.0.0.1:${port}`;
  return {
    plain: baseUrl(server.first.plain),
    chunked: baseUrl(server.first.chunked),
    send: (command) => server.request<RequestCounts>(command),
    [Symbol.asyncDispose]: server[Symbol.asyncDispose],
  };
}

export interface Subject extends AsyncDisposable {
  run(workload: Workload): Promise<Measurement>;
}

/** Returns flags of Node.js that make a process import `persona-client` from another folder. */
export const buildFlags = (folder: string | undefined): string[] => {
  if (folder === undefined) return [];
  const url = new URL('use-build.mjs', import.meta.url);
  url.searchParams.set('folder', folder);
  return ['--import', url.href];
};

/**
 * @param module path relative to `bench/`, for example `peers/ky.mjs`
 * @param folder build of the client to use. @default the build in `dist`
 */
export async function startSubject(module: string, url: string, folder?: string): Promise<Subject> {
  const subject = await startProcess(
    'subject.ts',
    [resolvePath(`../${module}`), url],
    module,
    buildFlags(folder),
  );
  return {
    run: (workload) => subject.request<Measurement>(workload),
    [Symbol.asyncDispose]: subject[Symbol.asyncDispose],
  };
}

/** A subject that runs a module in a new process until its second result. Measures the CPU time of that process. */
export function createFirstCalls(module: string, url: string, folder?: string): Pick<Subject, 'run'> {
  const args = [...buildFlags(folder), resolvePath('first-calls.mjs'), resolvePath(`../${module}`), url];
  return {
    run: async () => {
      const { stdout } = await promisify(execFile)(process.execPath, args);
      const { NaN: none } = Number;
      return { wallUs: none, cpuUs: Number(stdout), p99Us: none, callCount: 1, value: none };
    },
  };
}
