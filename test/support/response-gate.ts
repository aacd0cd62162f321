type Fetch = typeof globalThis.fetch;

/** Holds back the responses to matching requests until it is opened. */
export class ResponseGate {
  readonly #request: RegExp;
  #remaining: number;
  #open: () => void = () => {};
  readonly #opened = new Promise<void>((resolve) => {
    this.#open = resolve;
  });
  #resolveReached: () => void = () => {};
  /** Resolves when the first response waits at the gate. */
  readonly reached = new Promise<void>((resolve) => {
    this.#resolveReached = resolve;
  });

  /**
   * @param request matches a request such as `GET http://service/api/v1/personas/1`.
   * @param times holds back at most this many responses. Default: all.
   */
  constructor(request: RegExp, times = Number.POSITIVE_INFINITY) {
    this.#request = request;
    this.#remaining = times;
  }

  /** Returns a `fetch` whose matching responses wait for the gate. */
  wrap(fetch: Fetch): Fetch {
    return async (input, init) => {
      const isHeld = this.#request.test(`${init?.method ?? 'GET'} ${String(input)}`) && this.#remaining-- > 0;
      const response = await fetch(input, init);
      if (!isHeld) return response;
      this.#resolveReached();
      await this.#opened;
      return response;
    };
  }

  open(): void {
    this.#open();
  }
}
