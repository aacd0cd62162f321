import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { ClientOptions, PersonaClient, RequestOptions } from 'persona-client';
import { onTestFinished } from 'vitest';
import { serveThroughProxy } from '../../../support/proxied-service.js';
import { rawResponse } from '../../../support/raw-response.js';

/** A call that hangs in one phase of its life. */
export interface HangingCall {
  readonly client: PersonaClient;
  readonly call: (options: RequestOptions<never>) => Promise<unknown>;
  /** Resolves when the call is in that phase. */
  readonly reached: Promise<unknown>;
}

interface HangingServer {
  readonly port: number;
  readonly requestReceived: Promise<unknown>;
}

const NO_TIMEOUT = { timeoutMs: 60_000, cache: false, breaker: false } as const;
const callGet = (client: PersonaClient) => (options: RequestOptions<never>) =>
  client.personas.get(1, options);

/** Starts a TCP server that sends `prefix`, then `drip` repeatedly, and never completes a response. */
async function serveHanging(prefix = '', drip = ''): Promise<HangingServer> {
  const sockets = new Set<Socket>();
  const server = createServer();
  const requestReceived = new Promise<void>((resolve) => {
    server.on('connection', (socket) => {
      sockets.add(socket.on('error', () => {}));
      socket.once('data', () => {
        if (prefix !== '') socket.write(prefix);
        const dripTimer = setInterval(() => drip !== '' && socket.write(drip), 5);
        socket.on('close', () => clearInterval(dripTimer));
        resolve();
      });
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return { port: (server.address() as AddressInfo).port, requestReceived };
}

async function hangOnServer(server: HangingServer, scheme = 'http'): Promise<HangingCall> {
  const { connect } = await serveThroughProxy();
  const client = connect({ ...NO_TIMEOUT, baseUrl: `${scheme}://127.0.0.1:${server.port}` });
  return { client, call: callGet(client), reached: server.requestReceived };
}

async function hangInAuth(options: (hang: () => Promise<never>) => ClientOptions): Promise<HangingCall> {
  const { connect } = await serveThroughProxy({ seed: true });
  let onHang = () => {};
  const reached = new Promise<void>((resolve) => {
    onHang = resolve;
  });
  const client = connect({
    ...NO_TIMEOUT,
    ...options(() => {
      onHang();
      return new Promise<never>(() => {});
    }),
  });
  return { client, call: callGet(client), reached };
}

const nextEvent = (client: PersonaClient, name: 'request' | 'retry' | 'response') =>
  new Promise((resolve) => client.on(name, resolve));

/** Every phase in which a call can hang. */
export const PHASES: Readonly<Record<string, () => Promise<HangingCall>>> = {
  'waiting for a concurrency slot': async () => {
    const { port, requestReceived } = await serveHanging();
    const { connect } = await serveThroughProxy();
    const client = connect({ ...NO_TIMEOUT, concurrency: 1, baseUrl: `http://127.0.0.1:${port}` });
    client.personas.get(2).catch(() => {});
    await requestReceived;
    return { client, call: callGet(client), reached: new Promise(setImmediate) };
  },
  'connecting (TLS)': async () => hangOnServer(await serveHanging(), 'https'),
  'waiting for headers': async () => hangOnServer(await serveHanging()),
  'reading a stalled body': async () =>
    hangOnServer(await serveHanging('HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n{')),
  'reading a dripping body': async () =>
    hangOnServer(await serveHanging('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n', '1\r\n \r\n')),
  'waiting for a retry': async () => {
    const { connect, proxy } = await serveThroughProxy();
    proxy.chooseFault = () => ({
      type: 'replace-response',
      response: rawResponse(503, '', [['retry-after', '30']]),
      afterWrite: false,
    });
    const client = connect(NO_TIMEOUT);
    return { client, call: callGet(client), reached: nextEvent(client, 'retry') };
  },
  'waiting for getToken': () => hangInAuth((hang) => ({ auth: { getToken: hang } })),
  'waiting for the token store': () =>
    hangInAuth((hang) => ({
      auth: { username: 'ada', password: 'secret' },
      tokenStore: { get: hang, set: async () => {}, delete: async () => {} },
    })),
  'waiting for a login': async () => {
    const { port, requestReceived } = await serveHanging();
    const { connect } = await serveThroughProxy();
    const auth = { username: 'ada', password: 'secret' };
    const client = connect({ ...NO_TIMEOUT, auth, baseUrl: `http://127.0.0.1:${port}` });
    return { client, call: callGet(client), reached: requestReceived };
  },
  'detecting the dialect': async () => {
    const { client, reached } = await hangOnServer(await serveHanging());
    return { client, reached, call: (options) => client.psychographic.get(1, options) };
  },
  'sharing an in-flight read': async () => {
    const { port, requestReceived } = await serveHanging();
    const { connect } = await serveThroughProxy();
    const client = connect({ baseUrl: `http://127.0.0.1:${port}`, timeoutMs: 60_000 });
    client.personas.get(1).catch(() => {});
    await requestReceived;
    return { client, call: callGet(client), reached: new Promise(setImmediate) };
  },
  'reconciling a lost create': async () => {
    const { connect, proxy } = await serveThroughProxy();
    proxy.chooseFault = ({ method }) =>
      method === 'POST' ? { type: 'cut-request', bytes: 0, close: 'reset' } : undefined;
    const client = connect({ ...NO_TIMEOUT, onUnknownOutcome: 'reconcile', lateWriteWindowMs: 60_000 });
    const call = (options: RequestOptions<never>) => client.personas.create({ name: 'Ada' }, options);
    return { client, call, reached: nextEvent(client, 'response') };
  },
  'queued behind an equal create': async () => {
    const { port, requestReceived } = await serveHanging();
    const { connect } = await serveThroughProxy();
    const client = connect({
      ...NO_TIMEOUT,
      onUnknownOutcome: 'reconcile',
      baseUrl: `http://127.0.0.1:${port}`,
    });
    client.personas.create({ name: 'Ada' }).catch(() => {});
    await requestReceived;
    const call = (options: RequestOptions<never>) => client.personas.create({ name: 'Ada' }, options);
    return { client, call, reached: new Promise(setImmediate) };
  },
};
