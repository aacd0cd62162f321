import { type ClientOptions, PersonaClient } from 'persona-client';
import {
  createPersonaService,
  type PersonaService,
  type PersonaServiceOptions,
} from 'persona-client/testing';

export const ADMIN = { username: 'admin', password: 'correct horse' };
export const LOGIN = '/api/v1/auth/login';
export const REFRESH = '/api/v1/auth/refresh';

/** What the JWT layer says to a token that has ended (wire contract). */
export const EXPIRED = { status: 401, body: '{"msg":"Token has expired"}', contentType: 'application/json' };

type Fetch = typeof globalThis.fetch;

/** A service without a socket that asks for tokens, and clients of it that cache nothing. */
export class World implements AsyncDisposable {
  readonly service: PersonaService;
  readonly #clients: PersonaClient[] = [];

  constructor(options: PersonaServiceOptions = {}) {
    this.service = createPersonaService({
      auth: { users: { [ADMIN.username]: ADMIN.password } },
      ...options,
    });
  }

  connect(options: ClientOptions = {}): PersonaClient {
    const fetch: Fetch = (...request) => this.service.fetch(...request);
    const client = new PersonaClient({ auth: ADMIN, fetch, cache: false, retry: false, ...options });
    this.#clients.push(client);
    return client;
  }

  /** How many requests to this path arrived. */
  arrived(path: string): number {
    return this.service.requests.filter((request) => request.path === path).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.close();
    await this.service.close();
  }
}

/** A door before a path: requests wait at it until it is opened, and answers behind it. */
export class Door {
  #open: () => void = () => {};
  readonly #opened = new Promise<void>((resolve) => {
    this.#open = resolve;
  });
  #met: () => void = () => {};
  /** Somebody stands before it. */
  readonly met = new Promise<void>((resolve) => {
    this.#met = resolve;
  });
  readonly #path: RegExp;

  constructor(path: RegExp) {
    this.#path = path;
  }

  /** The same `fetch`, with the answers of the path held back until then. */
  after(fetch: Fetch): Fetch {
    return async (input, init) => {
      const response = await fetch(input, init);
      if (!this.#path.test(String(input))) return response;
      this.#met();
      await this.#opened;
      return response;
    };
  }

  open(): void {
    this.#open();
  }
}

export const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );
