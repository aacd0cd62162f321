import type * as fc from 'fast-check';

/** A write as the service saw it: how often the persona had been written to with it, and when that was. */
export interface Applied {
  readonly count: number;
  readonly at: number;
}

export interface ServiceRules {
  /** Answers are named, and 304 is said. */
  readonly etags: boolean;
  readonly personas: number;
}

/**
 * A Persona Service of counters: a persona is how often it was written to, and as whom it was read. When a request arrives, and
 * when its answer does, is the scheduler's choice.
 */
export class CountingService {
  readonly counts: number[];
  /** What each write came to, by its request id. */
  readonly applied = new Map<string, Applied>();
  /** How many requests to answer with 503 without looking at them. */
  failures = 0;
  readonly #scheduler: fc.Scheduler;
  readonly #tick: () => number;
  readonly #rules: ServiceRules;
  /** Requests on their way whose sender is gone. */
  readonly #adrift = new Map<() => void, { ageMs: number }>();

  constructor(scheduler: fc.Scheduler, tick: () => number, rules: ServiceRules) {
    this.#scheduler = scheduler;
    this.#tick = tick;
    this.#rules = rules;
    this.counts = Array<number>(rules.personas).fill(0);
  }

  /** Time passes: what has been adrift for as long as can be arrives at last, or never will. */
  pass(ms: number, lateWriteWindowMs: number, arrives: boolean): void {
    for (const [arrive, adrift] of this.#adrift) {
      adrift.ageMs += ms;
      if (adrift.ageMs < lateWriteWindowMs) continue;
      if (arrives) arrive();
      this.#adrift.delete(arrive);
    }
  }

  readonly fetch = (input: string | URL | Request, init: RequestInit = {}): Promise<Response> =>
    new Promise((resolve, reject) => {
      const { signal } = init;
      const method = init.method ?? 'GET';
      const headers = new Headers(init.headers);
      let answer: Response | undefined;
      let isLost = false;
      const arrive = () => {
        answer ??= this.#answer(method, new URL(String(input)), headers);
      };
      const leave = () => {
        if (answer === undefined) this.#adrift.set(arrive, { ageMs: 0 });
        reject(signal?.reason);
      };
      if (signal?.aborted) return leave();
      signal?.addEventListener('abort', leave, { once: true });
      void this.#scheduler
        .schedule(Promise.resolve(), `${method} arrives`)
        .then(() => {
          if (signal?.aborted) isLost = !this.#adrift.delete(arrive) && answer === undefined;
          if (!isLost) arrive();
          return this.#scheduler.schedule(Promise.resolve(), `${method} answered`);
        })
        .then(() => {
          signal?.removeEventListener('abort', leave);
          if (answer) resolve(answer);
        });
    });

  #answer(method: string, { pathname }: URL, headers: Headers): Response {
    if (this.failures > 0) {
      this.failures--;
      return new Response('', { status: 503 });
    }
    const [, id, part] = /personas\/(\d+)(\/\w+)?$/.exec(pathname) ?? [];
    const index = Number(id) - 1;
    if (method === 'PUT') {
      const count = (this.counts[index] ?? 0) + 1;
      this.counts[index] = count;
      this.applied.set(headers.get('x-request-id') ?? '', { count, at: this.#tick() });
    }
    const whose = headers.get('authorization') ?? '';
    const body = part
      ? { interests: [String(this.counts[index])], lifestyle: whose }
      : id
        ? this.#persona(index, whose)
        : {
            personas: this.counts.map((_, at) => this.#persona(at, whose)),
            total: this.counts.length,
            page: 1,
            per_page: 20,
          };
    const etag = `"${this.counts.join('-')} ${pathname} ${whose}"`;
    if (!this.#rules.etags) return Response.json(body);
    if (headers.get('if-none-match') === etag) return new Response(null, { status: 304, headers: { etag } });
    return Response.json(body, { headers: { etag } });
  }

  #persona(index: number, whose: string) {
    const time = '2026-11-22T06:29:29';
    return { id: index + 1, name: `${this.counts[index]} ${whose}`, created_at: time, updated_at: time };
  }
}
