import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { ClientOptions, PersonaClient, RequestOptions } from 'persona-client';
import { onTestFinished } from 'vitest';
import { answered } from './raw.js';
import { world } from './world.js';

/** A call that hangs in one phase. */
export interface Hanging {
  readonly client: PersonaClient;
  readonly call: (options: RequestOptions<never>) => Promise<unknown>;
  /** When the call of a test has come to that phase. */
  readonly reached: Promise<unknown>;
}

const LONG = { timeoutMs: 60_000, cache: false, breaker: false } as const;
const get = (client: PersonaClient) => (options: RequestOptions<never>) => client.personas.get(1, options);

/** A TCP server that accepts, and says no more than this. */
async function silent(says = '', drip = ''): Promise<{ port: number; met: Promise<unknown> }> {
  const sockets = new Set<Socket>();
  const server = createServer();
  const met = new Promise<void>((resolve) => {
    server.on('connection', (socket) => {
      sockets.add(socket.on('error', () => {}));
      socket.once('data', () => {
        if (says !== '') socket.write(says);
        const dripping = setInterval(() => drip !== '' && socket.write(drip), 5);
        socket.on('close', () => clearInterval(dripping));
        resolve();
      });
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return { port: (server.address() as AddressInfo).port, met };
}

async function against(server: { port: number; met: Promise<unknown> }, scheme = 'http'): Promise<Hanging> {
  const { connect } = await world();
  const client = connect({ ...LONG, baseUrl: `${scheme}://127.0.0.1:${server.port}` });
  return { client, call: get(client), reached: server.met };
}

async function withAuth(options: (hang: () => Promise<never>) => ClientOptions): Promise<Hanging> {
  const { connect } = await world({ seed: true });
  let hangs = () => {};
  const reached = new Promise<void>((resolve) => {
    hangs = resolve;
  });
  const client = connect({
    ...LONG,
    ...options(() => {
      hangs();
      return new Promise<never>(() => {});
    }),
  });
  return { client, call: get(client), reached };
}

const eventOf = (client: PersonaClient, name: 'request' | 'retry' | 'response') =>
  new Promise((resolve) => client.on(name, resolve));

/** Every phase a call can be in when it must end. */
export const PHASES: Readonly<Record<string, () => Promise<Hanging>>> = {
  'waiting for a slot': async () => {
    const { port, met } = await silent();
    const { connect } = await world();
    const client = connect({ ...LONG, concurrency: 1, baseUrl: `http://127.0.0.1:${port}` });
    client.personas.get(2).catch(() => {});
    await met;
    return { client, call: get(client), reached: new Promise(setImmediate) };
  },
  'connecting (TLS)': async () => against(await silent(), 'https'),
  'waiting for headers': async () => against(await silent()),
  'reading a stalled body': async () =>
    against(await silent('HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n{')),
  'reading a dripping body': async () =>
    against(await silent('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n', '1\r\n \r\n')),
  'waiting to try again': async () => {
    const { connect, proxy } = await world();
    proxy.plan = () => ({
      at: 'instead',
      answer: answered(503, '', [['retry-after', '30']]),
      afterWrite: false,
    });
    const client = connect(LONG);
    return { client, call: get(client), reached: eventOf(client, 'retry') };
  },
  'waiting for a token of getToken': () => withAuth((hang) => ({ auth: { getToken: hang } })),
  'waiting for the token store': () =>
    withAuth((hang) => ({
      auth: { username: 'ada', password: 'secret' },
      tokenStore: { get: hang, set: async () => {}, delete: async () => {} },
    })),
  'waiting for a login': async () => {
    const { port, met } = await silent();
    const { connect } = await world();
    const auth = { username: 'ada', password: 'secret' };
    const client = connect({ ...LONG, auth, baseUrl: `http://127.0.0.1:${port}` });
    return { client, call: get(client), reached: met };
  },
  'asking for the dialect': async () => {
    const { client, reached } = await against(await silent());
    return { client, reached, call: (options) => client.psychographic.get(1, options) };
  },
  "sharing another's read": async () => {
    const { port, met } = await silent();
    const { connect } = await world();
    const client = connect({ baseUrl: `http://127.0.0.1:${port}`, timeoutMs: 60_000 });
    client.personas.get(1).catch(() => {});
    await met;
    return { client, call: get(client), reached: new Promise(setImmediate) };
  },
  'looking for a lost create': async () => {
    const { connect, proxy } = await world();
    proxy.plan = ({ method }) => (method === 'POST' ? { at: 'request', bytes: 0, how: 'reset' } : undefined);
    const client = connect({ ...LONG, onUnknownOutcome: 'reconcile', lateWriteWindowMs: 60_000 });
    const call = (options: RequestOptions<never>) => client.personas.create({ name: 'Ada' }, options);
    return { client, call, reached: eventOf(client, 'response') };
  },
  'waiting for an equal create': async () => {
    const { port, met } = await silent();
    const { connect } = await world();
    const client = connect({ ...LONG, onUnknownOutcome: 'reconcile', baseUrl: `http://127.0.0.1:${port}` });
    client.personas.create({ name: 'Ada' }).catch(() => {});
    await met;
    const call = (options: RequestOptions<never>) => client.personas.create({ name: 'Ada' }, options);
    return { client, call, reached: new Promise(setImmediate) };
  },
};
