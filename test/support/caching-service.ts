import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const DAY_MS = 86_400_000;

/** Response headers that let an HTTP cache store and serve every response, by the first segment of the path. */
const CACHE_HEADERS: Readonly<Record<string, () => Record<string, string>>> = {
  none: () => ({}),
  'last-modified': () => ({ 'last-modified': new Date(Date.now() - 100 * DAY_MS).toUTCString() }),
  'max-age': () => ({ 'cache-control': 'private, max-age=600' }),
  vary: () => ({ 'cache-control': 'max-age=600', vary: 'Accept' }),
  'vary-authorization': () => ({ 'cache-control': 'max-age=600', vary: 'Authorization' }),
  immutable: () => ({ 'cache-control': 'public, max-age=600, immutable', etag: '"1"' }),
};

/** A service whose responses contain the user, and change with every request. */
export interface CachingService extends AsyncDisposable {
  readonly url: string;
}

/**
 * Starts a service with one persona. HTTP caches may store each of its responses.
 *
 * The first segment of the path selects the cache headers, and the second one separates the tests. `GET /requests` below them
 * returns the paths of all requests so far.
 */
export async function startCachingService(): Promise<CachingService> {
  const requestsByTest = new Map<string, string[]>();
  let version = 0;
  const respond = (path: string, request: IncomingMessage): [status: number, body: unknown] => {
    const user = /^Bearer (\w+)/.exec(request.headers.authorization ?? '')?.[1] ?? 'nobody';
    version++;
    const now = new Date(version * 1000).toISOString().replace('.000Z', '');
    const persona = {
      id: 1,
      name: `v${version} of ${user}`,
      created_at: '2026-01-01T00:00:00',
      updated_at: now,
    };
    if (path.endsWith('/auth/login') || path.endsWith('/auth/refresh'))
      return [200, { access_token: `alice.${version}`, refresh_token: `refresh.${version}` }];
    if (path === '/health') return [200, { status: 'healthy', version: String(version) }];
    if (path.endsWith('/psychographic')) return [200, { interests: [persona.name] }];
    if (path.endsWith('/personas/1') && request.method === 'DELETE') return [200, { message: 'deleted' }];
    if (path.endsWith('/personas/1')) return [200, persona];
    if (path.includes('/personas?')) return [200, { personas: [persona], total: 1, page: 1, per_page: 20 }];
    return [404, { message: 'Not found', status_code: 404 }];
  };
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    const [, policy = '', test = '', rest = ''] =
      /^\/([\w-]+)\/([\w-]+)(\/.*)$/.exec(request.url ?? '') ?? [];
    response.setHeader('access-control-allow-origin', '*');
    response.setHeader('access-control-allow-methods', 'GET, POST, PUT, DELETE');
    response.setHeader(
      'access-control-allow-headers',
      'authorization, content-type, if-none-match, x-request-id',
    );
    if (request.method === 'OPTIONS') return response.end();
    response.setHeader('content-type', 'application/json');
    const requests = requestsByTest.get(test) ?? [];
    requestsByTest.set(test, requests);
    if (rest === '/requests') return response.end(JSON.stringify(requests));
    requests.push(`${request.method} ${rest}`);
    const [status, body] = respond(rest, request);
    return response.writeHead(status, CACHE_HEADERS[policy]?.()).end(JSON.stringify(body));
  };
  const server = createServer((request, response) => {
    request.resume().on('end', () => handle(request, response));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
