import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import {
  BROKEN_RESPONSES,
  createBrokenServer,
  createClosingServer,
  ENDLESS_RESPONSES,
  UNMARKED_RESPONSES,
} from '../../support/broken-servers.js';
import { createSelfSignedCertificate } from '../../support/certificate.js';
import type { BrokenServer } from '../../support/failure-matrix.js';
import type { CallName } from '../smoke/failures.js';

const RESPONSES = { ...BROKEN_RESPONSES, ...ENDLESS_RESPONSES, ...UNMARKED_RESPONSES };
const NAMES = Object.keys(RESPONSES);

/** A label of a host name has at most 63 characters, so no resolver sends this name to a server. */
const UNKNOWN_HOST = `${'x'.repeat(64)}.invalid`;

/** Starts every broken server of the failure matrix. */
export async function startFailingServers() {
  const requestCounts = new Map<string, number>();
  const sockets = new Set<Socket>();
  const servers: Server[] = [];
  const start = async (server: Server): Promise<string> => {
    servers.push(server);
    server.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const ignoreErrors = (socket: Socket) => void socket.on('error', () => {});
  const countRequest = (path: string) => {
    const prefix = path.split('/', 3).join('/');
    requestCounts.set(prefix, 1 + (requestCounts.get(prefix) ?? 0));
  };
  const responding = await start(createBrokenServer(Object.values(RESPONSES), countRequest));
  const closing = await start(createClosingServer(countRequest));
  const tls = await start(
    createTlsServer(createSelfSignedCertificate(), ignoreErrors).on('tlsClientError', () => {}),
  );
  const echo = await start(createServer((socket) => void socket.on('data', (chunk) => socket.write(chunk))));
  const refusing = await start(createServer());
  servers.pop()?.close();
  const otherUrls: Readonly<Record<string, string>> = {
    'a refused connection': `http://${refusing}`,
    'a host that is not found': `http://${UNKNOWN_HOST}`,
    'an untrusted certificate': `https://${tls}`,
    'plain text on a TLS port': `https://${echo}`,
    'TLS on a plain port': `http://${tls}`,
  };
  const prefixOf = (name: BrokenServer, call: CallName) => `/${NAMES.indexOf(name)}/${call}`;
  const isClosing = (name: BrokenServer) => name === 'a close of a reused connection';
  return {
    findUrl: (name: BrokenServer, call: CallName): string =>
      otherUrls[name] ?? `http://${isClosing(name) ? closing : responding}${prefixOf(name, call)}`,
    /** The URL to request first, so that the call reuses the connection. */
    findWarmUpUrl: (name: BrokenServer): string | undefined =>
      isClosing(name) ? `http://${closing}/warm-up` : undefined,
    /** Counts the requests of a call. `undefined` for a server that never receives a complete one. */
    countRequests: (name: BrokenServer, call: CallName): number | undefined =>
      name in otherUrls ? undefined : (requestCounts.get(prefixOf(name, call)) ?? 0),
    [Symbol.asyncDispose]: async () => {
      for (const server of servers) server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
