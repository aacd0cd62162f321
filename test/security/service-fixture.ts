import { type ClientOptions, PersonaClient } from 'persona-client';
import {
  createPersonaService,
  type PersonaService,
  type PersonaServiceOptions,
} from 'persona-client/testing';
import { ADMIN, USERS } from '../support/auth.js';

type Fetch = typeof globalThis.fetch;

/** An in-process service that requires tokens, and clients without a cache. */
export class ServiceFixture implements AsyncDisposable {
  readonly service: PersonaService;
  readonly #clients: PersonaClient[] = [];

  constructor(options: PersonaServiceOptions = {}) {
    this.service = createPersonaService({
      auth: { users: USERS },
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
