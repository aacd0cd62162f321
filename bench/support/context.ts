import { type Service, type Subject, startService, startSubject } from './processes.js';

/** The service and the subjects of a benchmark. Disposing it ends all of their processes. */
export class BenchmarkContext implements AsyncDisposable {
  readonly service: Service;
  readonly #stack: AsyncDisposableStack;

  private constructor(service: Service, stack: AsyncDisposableStack) {
    this.service = service;
    this.#stack = stack;
  }

  static async open(): Promise<BenchmarkContext> {
    const stack = new AsyncDisposableStack();
    return new BenchmarkContext(stack.use(await startService()), stack);
  }

  /** @param module path relative to `bench/`, for example `peers/ky.mjs` */
  async startSubject(module: string, url = this.service.plain): Promise<Subject> {
    return this.#stack.use(await startSubject(module, url));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}
