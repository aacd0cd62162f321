import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Counts, Order, Ports } from './server.js';
import type { Chunk, Took } from './subject.js';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** The next message of a child; its end before that is an error. */
function next<Message>(child: ChildProcess, name: string): Promise<Message> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null) => reject(new Error(`${name} ended with ${code}`));
    child.once('exit', ended);
    child.once('message', (message) => {
      child.off('exit', ended);
      resolve(message as Message);
    });
  });
}

/** Plain Node: no loader of ours stands between a subject and its packages. */
async function start<First>(program: string, args: readonly string[], name: string) {
  const child = fork(here(program), args, { execArgv: ['--expose-gc'] });
  const ended = new Promise((exit) => child.once('exit', exit));
  const first = await next<First>(child, name);
  return {
    first,
    ask: <Answer>(message: object): Promise<Answer> => {
      const answer = next<Answer>(child, name);
      child.send(message);
      return answer;
    },
    [Symbol.asyncDispose]: async () => {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}

export interface Service extends AsyncDisposable {
  readonly plain: string;
  readonly chunked: string;
  tell(order: Order): Promise<Counts>;
}

export async function startService(): Promise<Service> {
  const server = await start<Ports>('server.ts', [], 'the service');
  const at = (port: number) => `http://127.0.0.1:${port}`;
  return {
    plain: at(server.first.plain),
    chunked: at(server.first.chunked),
    tell: (order) => server.ask<Counts>(order),
    [Symbol.asyncDispose]: server[Symbol.asyncDispose],
  };
}

export interface Subject extends AsyncDisposable {
  run(chunk: Chunk): Promise<Took>;
}

/** @param module relative to `bench/`, such as `peers/ky.mjs` */
export async function startSubject(module: string, url: string): Promise<Subject> {
  const subject = await start('subject.ts', [here(`../${module}`), url], module);
  return {
    run: (chunk) => subject.ask<Took>(chunk),
    [Symbol.asyncDispose]: subject[Symbol.asyncDispose],
  };
}
