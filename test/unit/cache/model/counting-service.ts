import type * as fc from 'fast-check';

/** A write that the service applied. */
export interface AppliedWrite {
  /** The number of writes to the persona, including this one. */
  readonly count: number;
  /** The time of the write by the clock of the test. */
  readonly tick: number;
}

export interface CountingServiceOptions {
  /** Sends an ETag, and responds with 304 to a matching condition. */
  readonly etags: boolean;
  readonly personas: number;
}

/**
 * A Persona Service in which a persona contains the number of its writes and the token that it was read with.
 *
 * The scheduler decides when a request arrives and when its response does.
 */
export class CountingService {
  /** The number of writes, by persona. */
  readonly counts: number[];
  /** The applied writes by request id. */
  readonly applied = new Map<string, AppliedWrite>();
  /** How many of the next requests fail with 503 and have no effect. */
  failures = 0;
  readonly #scheduler: fc.Scheduler;
  readonly #tick: () => number;
  readonly #options: CountingServiceOptions;
  /** Requests in transit whose sender has aborted, by the function that handles them. */
  readonly #aborted = new Map<() => void, { ageMs: number }>();

  constructor(scheduler: fc.Scheduler, tick: () => number, options: CountingServiceOptions) {
    this.#scheduler = scheduler;
    this.#tick = tick;
    this.#options = options;
    this.counts = Array<number>(options.personas).fill(0);
  }

  /** Advances the time of aborted requests. The service now handles or loses those older than the window. */
  advance(ms: number, lateWriteWindowMs: number, isHandled: boolean): void {
    for (const [handle, request] of this.#aborted) {
      request.ageMs += ms;
      if (request.ageMs < lateWriteWindowMs) continue;
      if (isHandled) handle();
      this.#aborted.delete(handle);
    }
  }

  readonly fetch = (input: string | URL | Request, init: RequestInit = {}): Promise<Response> =>
    new Promise((resolve, reject) => {
      const { signal } = init;
      const method = init.method ?? 'GET';
      const headers = new Headers(init.headers);
      let response: Response | undefined;
      let isLost = false;
      const handle = () => {
        response ??= this.#respond(method, new URL(String(input)), headers);
      };
      const onAbort = () => {
        if (response === undefined) this.#aborted.set(handle, { ageMs: 0 });
        reject(signal?.reason);
      };
      if (signal?.aborted) return onAbort();
      signal?.addEventListener('abort', onAbort, { once: true });
      void this.#scheduler
        .schedule(Promise.resolve(), `${method} arrives`)
        .then(() => {
          if (signal?.aborted) isLost = !this.#aborted.delete(handle) && response === undefined;
          if (!isLost) handle();
          return this.#scheduler.schedule(Promise.resolve(), `${method} responds`);
        })
        .then(() => {
          signal?.removeEventListener('abort', onAbort);
          if (response) resolve(response);
        });
    });

  #respond(method: string, { pathname }: URL, headers: Headers): Response {
    if (this.failures > 0) {
      this.failures--;
      return new Response('', { status: 503 });
    }
    const [, id, category] = /personas\/(\d+)(\/\w+)?$/.exec(pathname) ?? [];
    const index = Number(id) - 1;
    if (method === 'PUT') {
      const count = (this.counts[index] ?? 0) + 1;
      this.counts[index] = count;
      this.applied.set(headers.get('x-request-id') ?? '', { count, tick: this.#tick() });
    }
    const authorization = headers.get('authorization') ?? '';
    const body = category
      ? { interests: [String(this.counts[index])], lifestyle: authorization }
      : id
        ? this.#persona(index, authorization)
        : {
            personas: this.counts.map((_, position) => this.#persona(position, authorization)),
            total: this.counts.length,
            page: 1,
            per_page: 20,
          };
    const etag = `"${this.counts.join('-')} ${pathname} ${authorization}"`;
    if (!this.#options.etags) return Response.json(body);
    if (headers.get('if-none-match') === etag) return new Response(null, { status: 304, headers: { etag } });
    return Response.json(body, { headers: { etag } });
  }

  #persona(index: number, authorization: string) {
    const time = '2026-11-22T06:29:29';
    return {
      id: index + 1,
      name: `${this.counts[index]} ${authorization}`,
      created_at: time,
      updated_at: time,
    };
  }
}
