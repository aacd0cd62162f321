import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { PersonaService } from 'persona-client/testing';

/** Where a refresh can be held up: the service has not seen it yet, or has spent its token and its answer is not sent yet. */
export type Place = 'before' | 'after';

/** A refresh on its way. */
export interface Refresh {
  /** Whose it is. */
  readonly tab: string;
  /** The tab has died, and its connection with it. */
  readonly gone: Promise<void>;
  /** Lets it go on. */
  readonly release: () => void;
}

interface Watch {
  readonly place: Place;
  readonly held: boolean;
  readonly seen: (refresh: Refresh) => void;
}

/** Stands before a service on a socket, and tells who refreshes. */
export class Gate {
  readonly #service: PersonaService;
  readonly #server = createServer((request, response) => void this.#pass(request, response));
  #watches: Watch[] = [];

  constructor(service: PersonaService) {
    this.#service = service;
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The next refresh that comes to this place; it waits there for its release. */
  hold(place: Place): Promise<Refresh> {
    return new Promise((seen) => this.#watches.push({ place, held: true, seen }));
  }

  /** The next refresh that comes to this place; it goes on. */
  see(place: Place): Promise<Refresh> {
    return new Promise((seen) => this.#watches.push({ place, held: false, seen }));
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/' } = request;
    const headers = new Headers(Object.entries(request.headers) as [string, string][]);
    const body = ['GET', 'HEAD', 'OPTIONS'].includes(method) ? undefined : await text(request);
    const gone = new Promise<void>((resolve) => response.once('close', resolve));
    const refresh = { tab: headers.get('x-tab') ?? '', gone };
    const isRefresh = method === 'POST' && url === '/api/v1/auth/refresh';
    if (isRefresh) await this.#at('before', refresh);
    if (response.destroyed) return; // who asked is gone, and nothing has happened
    const answer = await this.#service.fetch(`http://service${url}`, { method, headers, body: body ?? null });
    const bytes = new Uint8Array(await answer.arrayBuffer());
    if (isRefresh) await this.#at('after', refresh);
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(bytes);
  }

  async #at(place: Place, refresh: Omit<Refresh, 'release'>): Promise<void> {
    const watches = this.#watches.filter((watch) => watch.place === place);
    this.#watches = this.#watches.filter((watch) => watch.place !== place);
    await Promise.all(
      watches.map(
        ({ held, seen }) =>
          new Promise<void>((release) => {
            seen({ ...refresh, release });
            if (!held) release();
          }),
      ),
    );
  }
}
