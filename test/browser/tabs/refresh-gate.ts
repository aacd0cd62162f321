import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { PersonaService } from 'persona-client/testing';

/** Where a refresh can be held: before it reaches the service, or after the service has used its token and before it responds. */
export type HoldPoint = 'before' | 'after';

/** A refresh in flight. */
export interface Refresh {
  /** Id of the tab that sent it. */
  readonly tab: string;
  /** Resolves when the connection of the tab is closed. */
  readonly disconnected: Promise<void>;
  /** Forwards the refresh. */
  readonly release: () => void;
}

interface Waiter {
  readonly point: HoldPoint;
  readonly holds: boolean;
  readonly onRefresh: (refresh: Refresh) => void;
}

/** A proxy in front of a service that reports refreshes and can hold them. */
export class RefreshGate {
  readonly #service: PersonaService;
  readonly #server = createServer((request, response) => void this.#forward(request, response));
  #waiters: Waiter[] = [];

  constructor(service: PersonaService) {
    this.#service = service;
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Waits for the next refresh and holds it until `release`. */
  hold(point: HoldPoint): Promise<Refresh> {
    return new Promise((onRefresh) => this.#waiters.push({ point, holds: true, onRefresh }));
  }

  /** Waits for the next refresh and does not hold it. */
  observe(point: HoldPoint): Promise<Refresh> {
    return new Promise((onRefresh) => this.#waiters.push({ point, holds: false, onRefresh }));
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #forward(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/' } = request;
    const headers = new Headers(Object.entries(request.headers) as [string, string][]);
    const body = ['GET', 'HEAD', 'OPTIONS'].includes(method) ? undefined : await text(request);
    const disconnected = new Promise<void>((resolve) => response.once('close', resolve));
    const refresh = { tab: headers.get('x-tab') ?? '', disconnected };
    const isRefresh = method === 'POST' && url === '/api/v1/auth/refresh';
    if (isRefresh) await this.#reach('before', refresh);
    if (response.destroyed) return; // the tab is gone, so the service must not see its request
    const serviceResponse = await this.#service.fetch(`http://service${url}`, {
      method,
      headers,
      body: body ?? null,
    });
    const bytes = new Uint8Array(await serviceResponse.arrayBuffer());
    if (isRefresh) await this.#reach('after', refresh);
    response.writeHead(serviceResponse.status, Object.fromEntries(serviceResponse.headers)).end(bytes);
  }

  async #reach(point: HoldPoint, refresh: Omit<Refresh, 'release'>): Promise<void> {
    const waiters = this.#waiters.filter((waiter) => waiter.point === point);
    this.#waiters = this.#waiters.filter((waiter) => waiter.point !== point);
    await Promise.all(
      waiters.map(
        ({ holds, onRefresh }) =>
          new Promise<void>((release) => {
            onRefresh({ ...refresh, release });
            if (!holds) release();
          }),
      ),
    );
  }
}
