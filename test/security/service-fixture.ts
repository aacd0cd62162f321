import { type ClientOptions, PersonaClient } from 'persona-client';
import {
  createPersonaService,
  type PersonaService,
  type PersonaServiceOptions,
} from 'persona-client/testing';

export const ADMIN = { username: 'admin', password: 'correct horse' };
export const LOGIN = '/api/v1/auth/login';
export const REFRESH = '/api/v1/auth/refresh';

/** The response to an expired token. */
export const EXPIRED_TOKEN_RESPONSE = {
  status: 401,
  body: '{"msg":"Token has expired"}',
  contentType: 'application/json',
};

type Fetch = typeof globalThis.fetch;

/** An in-process service that requires tokens, and clients without a cache. */
export class ServiceFixture implements AsyncDisposable {
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

  /** Counts the requests to a path. */
  countRequests(path: string): number {
    return this.service.requests.filter((request) => request.path === path).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.close();
    await this.service.close();
  }
}

/** Holds back the responses of matching paths until it is opened. */
export class ResponseGate {
  #open: () => void = () => {};
  readonly #opened = new Promise<void>((resolve) => {
    this.#open = resolve;
  });
  #resolveReached: () => void = () => {};
  /** Resolves when the first response waits at the gate. */
  readonly reached = new Promise<void>((resolve) => {
    this.#resolveReached = resolve;
  });
  readonly #path: RegExp;

  constructor(path: RegExp) {
    this.#path = path;
  }

  /** Returns a `fetch` whose matching responses wait for the gate. */
  wrap(fetch: Fetch): Fetch {
    return async (input, init) => {
      const response = await fetch(input, init);
      if (!this.#path.test(String(input))) return response;
      this.#resolveReached();
      await this.#opened;
      return response;
    };
  }

  open(): void {
    this.#open();
  }
}
