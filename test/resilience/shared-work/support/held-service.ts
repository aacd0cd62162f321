import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the service does with a request: the first part of its path. */
export type Behavior =
  /** Responds after `respond` was called. */
  | 'held'
  /** Never responds to the first request of a path, and immediately to the second one. */
  | 'lost'
  /** Responds immediately. */
  | 'fast';

/** Starts a service whose URLs begin with a behavior, such as `http://…/held`. */
export async function startHeldService() {
  const held: (() => void)[] = [];
  const seen = new Set<string>();
  let requests = 0;
  const server = createServer((request, response) => {
    requests++;
    request.resume().on('end', () => {
      const { method, url = '' } = request;
      const line = `${method} ${url}`;
      const isRepeated = seen.has(line);
      seen.add(line);
      const [, behavior] = url.split('/') as [string, Behavior];
      const send = () => respondTo(url, response);
      if (behavior === 'held') held.push(send);
      else if (behavior === 'fast' || isRepeated) send();
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get requests() {
      return requests;
    },
    /** Responds to all held requests. */
    respond: () => {
      for (const send of held.splice(0)) send();
    },
    closeIdleConnections: () => server.closeIdleConnections(),
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function respondTo(url: string, response: ServerResponse): void {
  const id = Number(/personas\/(\d+)/.exec(url)?.[1] ?? 1);
  const now = '2026-01-01T00:00:00';
  const body = url.includes('/auth/')
    ? { access_token: 'token', refresh_token: 'refresh' }
    : { id, name: `P${id}`, created_at: now, updated_at: now };
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
