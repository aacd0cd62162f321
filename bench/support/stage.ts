import { type Service, type Subject, startService, startSubject } from './processes.js';

/** The service and the subjects of one table; all end with it. */
export class Stage implements AsyncDisposable {
  readonly service: Service;
  readonly #stack: AsyncDisposableStack;

  private constructor(service: Service, stack: AsyncDisposableStack) {
    this.service = service;
    this.#stack = stack;
  }

  static async open(): Promise<Stage> {
    const stack = new AsyncDisposableStack();
    return new Stage(stack.use(await startService()), stack);
  }

  /** @param module relative to `bench/`, such as `peers/ky.mjs` */
  async subject(module: string, url = this.service.plain): Promise<Subject> {
    return this.#stack.use(await startSubject(module, url));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }
}
