import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { HttpFramer } from './http-framer.js';

/** A fault that the proxy applies to one exchange. */
export type ProxyFault =
  /** Forwards the first `bytes` bytes of the request, and then closes the connection. */
  | { readonly type: 'cut-request'; readonly bytes: number; readonly close: CloseMode }
  /** Closes the connection after the whole request. Forwards the request later, unless `forwardAfterMs` is `undefined`. */
  | {
      readonly type: 'delay-request';
      readonly forwardAfterMs: number | undefined;
      readonly close: CloseMode;
    }
  /** Returns the first `bytes` bytes of the response, and then closes the connection. Returns a shorter response whole. */
  | { readonly type: 'cut-response'; readonly bytes: number; readonly close: CloseMode }
  /** Returns this response. Forwards the request first if `afterWrite` is `true`. */
  | { readonly type: 'replace-response'; readonly response: string; readonly afterWrite: boolean };

/** How to close a connection: with a TCP reset, or after all sent data. */
export type CloseMode = 'reset' | 'end';

/** Chooses the fault when the first bytes of a request arrive. Returns `undefined` for no fault. */
export type FaultPlan = (request: {
  readonly method: string;
  readonly path: string;
}) => ProxyFault | undefined;

/** A TCP proxy that simulates network faults. */
export interface FaultProxy {
  readonly url: string;
  chooseFault: FaultPlan;
  /** Resets every new connection. */
  refusesConnections: boolean;
  /** Closes connections that are idle for this time. `undefined` keeps idle connections open. */
  idleTimeoutMs: number | undefined;
  /** Number of received requests by method, including incomplete requests. */
  readonly requestCounts: Map<string, number>;
  /** Number of connections that the proxy closed because of a fault. */
  readonly closedByFaultCount: number;
  readonly connections: { open: number; maxOpen: number; total: number };
  /** Waits until the service has responded to all forwarded requests, including delayed requests. */
  waitForForwardedRequests(): Promise<void>;
}

/** Starts a TCP proxy in front of a service, until the end of the test. */
export async function startFaultProxy(servicePort: number): Promise<FaultProxy> {
  const sockets = new Set<Socket>();
  const settledListeners: (() => void)[] = [];
  let pendingRequests = 0;
  let faultCount = 0;
  const onRequestDone = () => {
    if (--pendingRequests === 0) for (const resolve of settledListeners.splice(0)) resolve();
  };
  const track = (socket: Socket): Socket => {
    sockets.add(socket);
    socket.setNoDelay(true);
    return socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  };
  const connectUpstream = () => track(connect(servicePort, '127.0.0.1'));
  const closeSocket = (socket: Socket, mode: CloseMode) => {
    faultCount++;
    if (mode === 'reset') socket.resetAndDestroy();
    else socket.destroySoon();
  };

  /** Forwards a request on a new connection, and discards the response. */
  function forwardDetached(message: Buffer): void {
    pendingRequests++;
    const upstream = connectUpstream();
    const responses = new HttpFramer();
    upstream.on('data', (chunk) => responses.push(chunk).length > 0 && upstream.destroy());
    upstream.on('close', onRequestDone);
    upstream.write(message);
  }

  function handleConnection(client: Socket): void {
    const requests = new HttpFramer();
    const responses = new HttpFramer();
    let fault: ProxyFault | undefined;
    let hasRequest = false;
    let upstream: Socket | undefined;
    let idleTimer: NodeJS.Timeout | undefined;
    let sentBytes = 0;
    let isForwarding = false;

    const endForwarding = () => {
      if (isForwarding) onRequestDone();
      isForwarding = false;
    };
    const endExchange = () => {
      endForwarding();
      hasRequest = false;
      sentBytes = 0;
      if (proxy.idleTimeoutMs !== undefined)
        idleTimer = setTimeout(() => client.destroy(), proxy.idleTimeoutMs);
    };
    const onResponseData = (chunk: Buffer) => {
      const isComplete = responses.push(chunk).length > 0;
      if (fault?.type === 'replace-response') {
        if (isComplete && client.write(fault.response, 'latin1')) endExchange();
        return;
      }
      const bytesLeft = fault?.type === 'cut-response' ? fault.bytes - sentBytes : Number.POSITIVE_INFINITY;
      sentBytes += chunk.length;
      if (!client.destroyed) client.write(chunk.subarray(0, Math.max(0, bytesLeft)));
      if (bytesLeft < chunk.length || (bytesLeft === 0 && !isComplete)) {
        if (fault) closeSocket(client, fault.close);
        fault = undefined;
      }
      if (isComplete) endExchange();
    };
    const forward = (bytes: Buffer): void => {
      if (upstream === undefined || upstream.destroyed)
        upstream = connectUpstream().on('data', onResponseData).on('close', endForwarding);
      upstream.write(bytes);
    };
    const onRequest = (message: Buffer) => {
      if (fault?.type === 'delay-request') {
        closeSocket(client, fault.close);
        if (fault.forwardAfterMs === undefined) return;
        pendingRequests++;
        setTimeout(() => {
          forwardDetached(message);
          onRequestDone();
        }, fault.forwardAfterMs);
      } else if (fault?.type === 'replace-response' && !fault.afterWrite) {
        client.write(fault.response, 'latin1');
        endExchange();
      } else {
        pendingRequests++;
        isForwarding = true;
        forward(message);
      }
    };

    client.on('data', (chunk) => {
      clearTimeout(idleTimer);
      const messages = requests.push(chunk);
      const first = messages[0] ?? requests.incomplete;
      if (!hasRequest) {
        hasRequest = true;
        const [, method = '?', path = '?'] = /^(\S+) (\S+)/.exec(first.toString('latin1')) ?? [];
        proxy.requestCounts.set(method, (proxy.requestCounts.get(method) ?? 0) + 1);
        fault = proxy.chooseFault({ method, path });
      }
      if (fault?.type === 'cut-request' && fault.bytes <= first.length) {
        const part = first.subarray(0, fault.bytes);
        if (part.length === first.length && messages.length > 0) forwardDetached(part);
        else if (part.length > 0) connectUpstream().end(part);
        closeSocket(client, fault.close);
        return;
      }
      for (const message of messages) onRequest(message);
    });
    client.on('close', () => {
      clearTimeout(idleTimer);
      upstream?.end();
    });
  }

  const server = createServer((client) => {
    track(client);
    const { connections } = proxy;
    connections.total++;
    connections.maxOpen = Math.max(connections.maxOpen, ++connections.open);
    client.on('close', () => connections.open--);
    if (proxy.refusesConnections) client.resetAndDestroy();
    else handleConnection(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  });

  const proxy: FaultProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    chooseFault: () => undefined,
    refusesConnections: false,
    idleTimeoutMs: undefined,
    requestCounts: new Map<string, number>(),
    get closedByFaultCount() {
      return faultCount;
    },
    connections: { open: 0, maxOpen: 0, total: 0 },
    waitForForwardedRequests: () =>
      pendingRequests === 0
        ? Promise.resolve()
        : new Promise<void>((resolve) => settledListeners.push(resolve)),
  };
  return proxy;
}
