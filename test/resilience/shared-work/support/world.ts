import { type ClientOptions, PersonaClient } from 'persona-client';
import { createPersonaService, type PersonaServiceOptions } from 'persona-client/testing';
import { type EmulatedRequest, type ForeignPromises, RequestRuntime } from './request-runtime.js';
import { type PendingWork, VirtualClock } from './virtual-clock.js';

/** What the service does with the next responses that match: it holds them in the given place until `release`. */
export interface Hold {
  readonly request: RegExp;
  readonly place: 'response' | 'body';
}

/** The outcome of a caller, and how long it waited, in milliseconds. */
export interface Outcome {
  readonly value?: unknown;
  readonly error?: unknown;
  /** `undefined` if the caller waits forever. */
  readonly ms: number | undefined;
}

export const TIMEOUT_MS = 1_000;
export const USER = { username: 'admin', password: 'correct horse' };

/** A service, a clock and a runtime for one cell of the table. */
export class World {
  readonly pending: PendingWork = { count: 0 };
  readonly clock = new VirtualClock(this.pending);
  readonly #runtime: RequestRuntime | undefined;
  readonly #service;
  readonly #cleanup: (() => void)[] = [];
  #hold: Hold | undefined;
  #garbage: (() => unknown) | undefined;
  #isReleased = false;
  #heldCrypto: 'importKey' | 'sign' | undefined;
  #runningCrypto = 0;
  readonly #cryptoResults: (() => void)[] = [];
  readonly #releases: (() => void)[] = [];
  /** Number of requests that wait for `release`. */
  heldCount = 0;
  /** The requests so far, such as `GET /api/v1/personas/1`. */
  readonly requests: string[] = [];

  private constructor(foreignPromises: ForeignPromises | undefined, options: PersonaServiceOptions) {
    this.#service = createPersonaService({
      auth: { users: { admin: USER.password } },
      now: Date.now,
      ...options,
    });
    this.#runtime = foreignPromises && new RequestRuntime(foreignPromises);
  }

  /** @param foreignPromises emulates a runtime that ends requests. Without it, requests never end. */
  static async create(
    foreignPromises: ForeignPromises | undefined,
    options: PersonaServiceOptions = {},
  ): Promise<World> {
    const world = new World(foreignPromises, options);
    await world.#service.fetch('http://service/health'); // opens the store outside of all requests
    // The clock does not wait for the first import of a module.
    await Promise.all([
      import('../../../../src/auth/create-sessions.js'),
      import('../../../../src/cache/shared/cache.js'),
      import('../../../../src/pipeline/reconcile/queue.js'),
      import('../../../../src/endpoints/personas/created-search.js'),
      import('../../../../src/endpoints/personas/detect-without-list.js'),
      import('../../../../src/pipeline/restore-lists/restore.js'),
      import('../../../../src/pipeline/repair/index.js'),
      import('../../../../src/schemas/default-field-config.js'),
      import('../../../../src/schemas/field-validator.js'),
      import('../../../../src/client/logging.js'),
    ]);
    world.#cleanup.push(world.clock.install(), repeatRandomNumbers());
    if (world.#runtime) world.#cleanup.push(world.#runtime.install());
    world.#cleanup.push(world.#trackCrypto(), world.#watchUnhandledRejections());
    return world;
  }

  async dispose(): Promise<void> {
    for (const cleanup of this.#cleanup.reverse()) cleanup();
    await this.#service.close();
  }

  /**
   * Tells the clock about crypto functions, which run on other threads. Results arrive in the order of the calls, after
   * all of them have ended, so the speed of the threads changes nothing.
   */
  #trackCrypto(): () => void {
    const { subtle } = crypto;
    const names = ['importKey', 'sign', 'encrypt', 'decrypt'] as const;
    for (const name of names) {
      const original = subtle[name] as (...args: unknown[]) => Promise<unknown>;
      const value = async (...args: unknown[]) => {
        if (name === this.#heldCrypto) await this.holdWork(undefined);
        const work = original.apply(subtle, args);
        await new Promise<void>((resolve) => this.outside(() => this.#afterAllCrypto(work, resolve)));
        return work;
      };
      Object.defineProperty(subtle, name, { configurable: true, value });
    }
    return () => {
      for (const name of names) Reflect.deleteProperty(subtle, name);
    };
  }

  #afterAllCrypto(work: Promise<unknown>, resolve: () => void): void {
    this.pending.count++;
    this.#runningCrypto++;
    this.#cryptoResults.push(resolve);
    const end = () => {
      this.pending.count--;
      if (--this.#runningCrypto > 0) return;
      for (const deliver of this.#cryptoResults.splice(0)) deliver();
    };
    void work.then(end, end);
  }

  /** Holds the calls of a crypto function until `release`. */
  holdCrypto(name: 'importKey' | 'sign'): void {
    this.#heldCrypto = name;
  }

  /** Expires the access tokens of the service. */
  expireTokens(): void {
    this.#service.faults.add({ expireTokens: 'access', times: 1 });
  }

  /** Unhandled rejections so far. */
  readonly unhandled: unknown[] = [];

  #watchUnhandledRejections(): () => void {
    const listeners = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection');
    process.on('unhandledRejection', (error) => void this.unhandled.push(error));
    return () => {
      process.removeAllListeners('unhandledRejection');
      for (const listener of listeners) process.on('unhandledRejection', listener);
    };
  }

  createClient(options: ClientOptions = {}): PersonaClient {
    return new PersonaClient({
      baseUrl: 'http://service',
      dialect: 'subresource',
      fetch: this.fetch,
      timeoutMs: TIMEOUT_MS,
      deadlineMs: 30_000,
      retry: false,
      allowInsecureAuth: true,
      ...options,
    });
  }

  /** Starts a caller. With an emulated runtime, the caller is a request of a visitor. */
  start<T>(work: () => Promise<T>): EmulatedRequest<T> {
    if (this.#runtime) return this.#runtime.start(work);
    const result = work();
    result.catch(() => {});
    return { result, end: () => {} };
  }

  outside<T>(work: () => T): T {
    return this.#runtime ? this.#runtime.outside(work) : work();
  }

  /** Holds matching responses until `release`. */
  hold(request: RegExp, place: Hold['place'] = 'response'): void {
    this.#hold = { request, place };
  }

  /** Holds work other than a response, such as a call of a store, until `release`. */
  async holdWork<T>(value: T): Promise<T> {
    if (this.#isReleased) return value;
    this.heldCount++;
    await new Promise<void>((resolve) => this.#releases.push(resolve));
    return this.#garbage ? (this.#garbage() as T) : value;
  }

  /** Ends all holds. Held callers continue, with garbage if given, and later ones are not held. */
  release(garbage?: () => unknown): void {
    this.#garbage = garbage;
    this.#isReleased = true;
    this.#hold = undefined;
    this.outside(() => {
      for (const release of this.#releases.splice(0)) release();
    });
  }

  /** Stops holding later work. What is held stays held. */
  stopHolding(): void {
    this.#hold = undefined;
    this.#isReleased = true;
    this.#releases.length = 0;
  }

  readonly addFault: ReturnType<typeof createPersonaService>['faults']['add'] = (fault) =>
    this.#service.faults.add(fault);

  readonly fetch = (async (input: string, init: RequestInit = {}) => {
    const { signal, ...request } = init;
    const { pathname, search } = new URL(input);
    const line = `${init.method ?? 'GET'} ${pathname}${search}`;
    this.requests.push(line);
    const aborted = new Promise<never>((_, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason));
    });
    aborted.catch(() => {});
    const hold = this.#hold?.request.test(line) ? this.#hold : undefined;
    const { status, headers, bytes } = await this.#respond(input, { ...request, signal: null });
    if (!hold) return new Response(bytes, { status, headers });
    const held = this.holdWork(bytes);
    if (hold.place === 'response') {
      const body = await Promise.race([held, aborted]);
      return this.#garbage && !(body instanceof Uint8Array) ? body : new Response(body, { status, headers });
    }
    return new Response(
      new ReadableStream({
        pull: async (controller) => {
          const body = await Promise.race([held, aborted]);
          controller.enqueue(body);
          controller.close();
        },
      }),
      { status, headers },
    );
  }) as unknown as typeof globalThis.fetch;

  /** The service runs on another machine, so no request of a visitor owns its promises. */
  async #respond(input: string, init: RequestInit) {
    this.pending.count++;
    const responding = this.outside(async () => {
      try {
        const { status, headers, body } = await this.#service.fetch(input, init);
        const bytes = body === null ? null : new Uint8Array(await new Response(body).arrayBuffer());
        return { status, headers, bytes };
      } finally {
        this.pending.count--;
      }
    });
    return new Promise<Awaited<typeof responding>>((resolve, reject) =>
      this.outside(() => responding.then(resolve, reject)),
    );
  }

  /** Advances the clock until the caller ends, at most `limitMs`. */
  async measure(caller: EmulatedRequest<unknown>, limitMs = 60_000): Promise<Outcome> {
    const startedAt = this.clock.now;
    let outcome: Omit<Outcome, 'ms'> | undefined;
    caller.result.then(
      (value) => {
        outcome = { value };
      },
      (error: unknown) => {
        outcome = { error };
      },
    );
    const hasEnded = await this.clock.advanceUntil(() => outcome !== undefined, limitMs);
    return { ...outcome, ms: hasEnded ? this.clock.now - startedAt : undefined };
  }
}

/** Makes backoffs equal in every run. */
function repeatRandomNumbers(): () => void {
  const { random } = Math;
  let seed = 1;
  Math.random = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  return () => {
    Math.random = random;
  };
}
