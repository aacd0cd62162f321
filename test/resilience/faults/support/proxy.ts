import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { Framer } from './framer.js';

/** What the proxy does to one exchange; `undefined` lets it pass. */
export type Cut =
  /** The connection ends as soon as the request's first `bytes` have come in; no more than those go on. */
  | { readonly at: 'request'; readonly bytes: number; readonly how: How }
  /** The connection ends when the whole request is in; the service gets it later, or never. */
  | { readonly at: 'request'; readonly landsAfterMs: number | undefined; readonly how: How }
  /** The request goes on; of the answer the first `bytes` come back. More than there are: all pass. */
  | { readonly at: 'response'; readonly bytes: number; readonly how: How }
  /** The request goes on or not; this comes back in place of the answer. */
  | { readonly at: 'instead'; readonly answer: string; readonly afterWrite: boolean };
export type How = 'reset' | 'end';

/** Decides when the first bytes of a request are in. */
export type Plan = (request: { readonly method: string; readonly path: string }) => Cut | undefined;

export interface Proxy {
  readonly url: string;
  plan: Plan;
  /** Connections are reset when they are made. */
  refusing: boolean;
  /** Connections are closed when they were idle for so long. */
  idleMs: number | undefined;
  /** Requests whose first byte came in, by method. */
  readonly requests: Map<string, number>;
  /** How many exchanges were cut. */
  readonly cuts: number;
  readonly connections: { open: number; most: number; made: number };
  /** When every request that goes on has been answered by the service, the late ones too. */
  quiet(): Promise<void>;
}

/** A TCP proxy in front of a service, for the length of a test. */
export async function proxyTo(port: number): Promise<Proxy> {
  const sockets = new Set<Socket>();
  const waiting: (() => void)[] = [];
  let going = 0;
  let cuts = 0;
  const arrived = () => {
    if (--going === 0) for (const resolve of waiting.splice(0)) resolve();
  };
  const own = (socket: Socket): Socket => {
    sockets.add(socket);
    socket.setNoDelay(true);
    return socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  };
  const end = (socket: Socket, how: How) => {
    cuts++;
    if (how === 'reset') socket.resetAndDestroy();
    else socket.destroySoon();
  };

  /** Give the service a request on a connection of its own, and let nobody have the answer. */
  function land(message: Buffer): void {
    going++;
    const upstream = own(connect(port, '127.0.0.1'));
    const answers = new Framer();
    upstream.on('data', (chunk) => answers.push(chunk).length > 0 && upstream.destroy());
    upstream.on('close', arrived);
    upstream.write(message);
  }

  function serve(client: Socket): void {
    const requests = new Framer();
    const answers = new Framer();
    let cut: Cut | undefined;
    let begun = false;
    let upstream: Socket | undefined;
    let idle: NodeJS.Timeout | undefined;
    let sentBack = 0;
    let pending = false;

    const answered = () => {
      if (pending) arrived();
      pending = false;
      begun = false;
      sentBack = 0;
      if (proxy.idleMs !== undefined) idle = setTimeout(() => client.destroy(), proxy.idleMs);
    };
    const onAnswer = (chunk: Buffer) => {
      const whole = answers.push(chunk).length > 0;
      if (cut?.at === 'instead') {
        if (whole && client.write(cut.answer, 'latin1')) answered();
        return;
      }
      const left = cut?.at === 'response' ? cut.bytes - sentBack : Number.POSITIVE_INFINITY;
      sentBack += chunk.length;
      if (!client.destroyed) client.write(chunk.subarray(0, Math.max(0, left)));
      if (left < chunk.length || (left === 0 && !whole)) {
        if (cut && 'how' in cut) end(client, cut.how);
        cut = undefined;
      }
      if (whole) answered();
    };
    const forward = (bytes: Buffer): Socket => {
      if (upstream === undefined || upstream.destroyed) {
        upstream = own(connect(port, '127.0.0.1')).on('data', onAnswer);
        upstream.on('close', () => {
          if (pending) arrived();
          pending = false;
        });
      }
      upstream.write(bytes);
      return upstream;
    };
    const onRequest = (message: Buffer) => {
      if (cut?.at === 'request' && 'landsAfterMs' in cut) {
        end(client, cut.how);
        if (cut.landsAfterMs === undefined) return;
        going++;
        setTimeout(() => {
          land(message);
          arrived();
        }, cut.landsAfterMs);
      } else if (cut?.at === 'instead' && !cut.afterWrite) {
        client.write(cut.answer, 'latin1');
        answered();
      } else {
        going++;
        pending = true;
        forward(message);
      }
    };

    client.on('data', (chunk) => {
      clearTimeout(idle);
      const messages = requests.push(chunk);
      const first = messages[0] ?? requests.held;
      if (!begun) {
        begun = true;
        const [, method = '?', path = '?'] = /^(\S+) (\S+)/.exec(first.toString('latin1')) ?? [];
        proxy.requests.set(method, (proxy.requests.get(method) ?? 0) + 1);
        cut = proxy.plan({ method, path });
      }
      if (cut?.at === 'request' && 'bytes' in cut && cut.bytes <= first.length) {
        const part = first.subarray(0, cut.bytes);
        if (part.length === first.length && messages.length > 0) land(part);
        else if (part.length > 0) own(connect(port, '127.0.0.1')).end(part);
        end(client, cut.how);
        return;
      }
      for (const message of messages) onRequest(message);
    });
    client.on('close', () => {
      clearTimeout(idle);
      upstream?.end();
    });
  }

  const server = createServer((client) => {
    own(client);
    proxy.connections.made++;
    proxy.connections.most = Math.max(proxy.connections.most, ++proxy.connections.open);
    client.on('close', () => proxy.connections.open--);
    if (proxy.refusing) client.resetAndDestroy();
    else serve(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  });

  const proxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    plan: (): Cut | undefined => undefined,
    refusing: false,
    idleMs: undefined,
    requests: new Map<string, number>(),
    get cuts() {
      return cuts;
    },
    connections: { open: 0, most: 0, made: 0 },
    quiet: () => (going === 0 ? Promise.resolve() : new Promise<void>((resolve) => waiting.push(resolve))),
  } as Proxy;
  return proxy;
}
