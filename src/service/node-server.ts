import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type Answer,
  type Answerer,
  bytesOf,
  cutBytes,
  type Outcome,
  type Received,
  readBody,
} from './exchange.js';
import { nodeBuiltin } from './node-builtin.js';
import type { ListenOptions } from './options.js';

/** A service that listens on a socket. */
export interface Listening {
  /** Where it answers, for example `http://127.0.0.1:5050`. */
  readonly url: string;
  readonly port: number;
  /** Stops listening and ends every connection, stalled ones too. The service itself stays. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

async function receivedOf(incoming: IncomingMessage, signal: AbortSignal): Promise<Received> {
  const target = incoming.url ?? '/';
  const mark = target.indexOf('?');
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers[name] = typeof value === 'string' ? value : value.join(', ');
  }
  return {
    method: incoming.method ?? 'GET',
    path: mark < 0 ? target : target.slice(0, mark),
    query: mark < 0 ? '' : target.slice(mark + 1),
    headers,
    body: await readBody(incoming),
    signal,
  };
}

function sendHead(outgoing: ServerResponse, { status, headers }: Answer, length: number): void {
  outgoing.writeHead(status, { ...(status !== 304 && { 'content-length': length }), ...headers });
}

function send(outgoing: ServerResponse, outcome: Outcome): void {
  if (outcome.kind === 'reset') {
    outgoing.socket?.resetAndDestroy();
    return;
  }
  const bytes = bytesOf(outcome.answer.body);
  sendHead(outgoing, outcome.answer, bytes.length);
  if (outcome.kind === 'answer') {
    outgoing.end(bytes);
    return;
  }
  outgoing.flushHeaders();
  if (outcome.kind === 'stall') return;
  outgoing.write(cutBytes(bytes, outcome.bytes));
  outgoing.socket?.destroySoon();
}

async function serve(answer: Answerer, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const gone = new AbortController();
  outgoing.once('close', () => {
    if (!outgoing.writableFinished) gone.abort();
  });
  try {
    send(outgoing, await answer(await receivedOf(incoming, gone.signal)));
  } catch {
    outgoing.destroy(); // Nobody is left to answer: handlers never throw.
  }
}

function inWords(error: NodeJS.ErrnoException, host: string, port: number): Error {
  if (error.code !== 'EADDRINUSE') return error;
  const message = `Port ${port} on ${host} is already in use: stop what listens there, or choose another port (0 takes a free one)`;
  return Object.assign(new Error(message, { cause: error }), { code: error.code });
}

/** Serves over node:http. */
export async function listenOn(answer: Answerer, options: ListenOptions): Promise<Listening> {
  const { port = 5050, host = '127.0.0.1', keepAlive = true } = options;
  const http = nodeBuiltin('node:http');
  if (http === undefined) throw new Error('listen() needs Node 22.13 or later; elsewhere use fetch');
  const server = http.createServer((incoming, outgoing) => {
    if (!keepAlive) outgoing.shouldKeepAlive = false;
    void serve(answer, incoming, outgoing);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(inWords(error, host, port)));
    server.listen(port, host, resolve);
  });
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  const bound = (server.address() as AddressInfo).port;
  const name = host.includes(':') ? `[${host}]` : host;
  return { url: `http://${name}:${bound}`, port: bound, close, [Symbol.asyncDispose]: close };
}
