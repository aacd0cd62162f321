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

  /**
   * @param module path relative to `bench/`, for example `peers/ky.mjs`
   * @param folder build of the client to use. @default the build in `dist`
   */
  async startSubject(module: string, url = this.service.plain, folder?: string): Promise<Subject> {
    return this.#stack.use(await startSubject(module, url, folder));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}
