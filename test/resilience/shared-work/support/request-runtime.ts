import { AsyncLocalStorage, createHook } from 'node:async_hooks';
import { inspect } from 'node:util';

/** What happens to a caller that waits for a promise of an ended request. */
export type ForeignPromises =
  /** It waits forever, as in older versions of workerd. */
  | 'never settle'
  /** It gets an error of the runtime, as in current versions of workerd. */
  | 'reject';

interface RequestContext {
  hasEnded: boolean;
  readonly onEnd: Set<() => void>;
}

/** A request of a visitor, and the promise of its handler. */
export interface EmulatedRequest<T> {
  readonly result: Promise<T>;
  /** The visitor leaves, or the response was sent: the runtime drops the promises and timers of the request. */
  end(): void;
}

/** The message of workerd. */
const RAW_MESSAGE = 'This promise was created by a request that has since ended, so it can never settle.';
const MAX_CONTINUATIONS = 100_000;
const realSetImmediate = globalThis.setImmediate;
const never = new Promise<never>(() => {});

/**
 * Emulates a runtime such as Cloudflare Workers, which drops everything that belongs to an ended request.
 *
 * Each promise belongs to the request that created it. A promise settles only while its request runs, and continuations
 * run only while the request that waits runs. So the runtime replaces `Promise.prototype.then`, which `await` also calls
 * once `Promise.prototype.constructor` differs from `Promise`. Install the clock first: timers and immediates of an
 * ended request do not fire.
 */
export class RequestRuntime {
  readonly #current = new AsyncLocalStorage<RequestContext | undefined>();
  readonly #owners = new WeakMap<object, RequestContext>();
  readonly #foreignPromises: ForeignPromises;
  /** Continuations since the last timer or other event. */
  #continuations = 0;

  constructor(foreignPromises: ForeignPromises) {
    this.#foreignPromises = foreignPromises;
  }

  /** Runs a request. */
  start<T>(handler: () => Promise<T>): EmulatedRequest<T> {
    const context: RequestContext = { hasEnded: false, onEnd: new Set() };
    let resolve: (value: T) => void = () => {};
    let reject: (error: unknown) => void = () => {};
    const result = new Promise<T>((...functions) => {
      [resolve, reject] = functions;
    });
    result.catch(() => {});
    this.#current.run(context, () => void handler().then(resolve, reject));
    const end = () => {
      context.hasEnded = true;
      for (const onEnd of context.onEnd) onEnd();
    };
    return { result, end };
  }

  /** Runs code outside of all requests, for example the service on another machine. */
  outside<T>(work: () => T): T {
    return this.#current.run(undefined, work);
  }

  /** Installs the runtime. Returns a function that uninstalls it. */
  install(): () => void {
    const hook = createHook({
      init: (_, type, __, resource) => {
        const context = type === 'PROMISE' ? this.#current.getStore() : undefined;
        if (context) this.#owners.set(resource, context);
      },
    }).enable();
    const restoreThen = this.#replaceThen();
    const restoreTimers = this.#replaceTimers();
    const restoreController = this.#replaceAbortController();
    return () => {
      restoreController();
      restoreTimers();
      restoreThen();
      hook.disable();
    };
  }

  #replaceThen(): () => void {
    const nativeThen = Promise.prototype.then;
    const runtime = this;
    const define = (name: 'then' | 'constructor', descriptor: PropertyDescriptor) =>
      Object.defineProperty(Promise.prototype, name, { configurable: true, ...descriptor });
    const otherConstructor = { [Symbol.species]: Promise };
    const then = function (this: Promise<unknown>, ...callbacks: ((value: unknown) => unknown)[]) {
      const waiting = runtime.#current.getStore();
      const guarded = callbacks.map((callback) =>
        typeof callback === 'function'
          ? (value: unknown) => (waiting?.hasEnded || runtime.#isEndless() ? never : callback(value))
          : callback,
      );
      const owner = runtime.#owners.get(this);
      const isForeign = owner && owner !== waiting && inspect(this).includes('<pending>');
      const source = isForeign ? runtime.#awaitForeign(this, owner, nativeThen) : this;
      return nativeThen.apply(source, guarded as never);
    };
    define('then', { value: then, writable: true });
    define('constructor', { get: () => otherConstructor });
    return () => {
      define('constructor', { value: Promise, writable: true });
      define('then', { value: nativeThen, writable: true });
    };
  }

  /** Whether promises continue without end. Such a loop would block the process, so the runtime stops it. */
  #isEndless(): boolean {
    if (this.#continuations++ === 0) realSetImmediate(() => (this.#continuations = 0));
    return this.#continuations > MAX_CONTINUATIONS;
  }

  /** Settles like a promise of another request while that request runs. */
  #awaitForeign(
    promise: Promise<unknown>,
    owner: RequestContext,
    nativeThen: typeof Promise.prototype.then,
  ): Promise<unknown> {
    return this.outside(
      () =>
        new Promise((resolve, reject) => {
          const whileRunning =
            <T>(settle: (value: T) => void) =>
            (value: T) =>
              owner.hasEnded || settle(value);
          nativeThen.call(promise, whileRunning(resolve), whileRunning(reject));
          if (this.#foreignPromises === 'never settle') return;
          const onEnd = () => reject(new Error(RAW_MESSAGE));
          if (owner.hasEnded) onEnd();
          else owner.onEnd.add(onEnd);
        }),
    );
  }

  #replaceTimers(): () => void {
    const { setTimeout, setInterval, setImmediate } = globalThis;
    const bind = (run: () => void) => {
      const context = this.#current.getStore();
      return () => (context?.hasEnded ? undefined : this.#current.run(context, run));
    };
    Object.assign(globalThis, {
      setTimeout: (run: () => void, ms?: number) => setTimeout(bind(run), ms),
      setInterval: (run: () => void, ms?: number) => setInterval(bind(run), ms),
      setImmediate: (run: () => void) => setImmediate(bind(run)),
    });
    return () => void Object.assign(globalThis, { setTimeout, setInterval, setImmediate });
  }

  #replaceAbortController(): () => void {
    const { AbortController } = globalThis;
    const runtime = this;
    globalThis.AbortController = class extends AbortController {
      readonly #owner = runtime.#current.getStore();
      override abort(reason?: unknown): void {
        if (this.#owner && this.#owner !== runtime.#current.getStore())
          throw new Error('Cannot perform I/O on behalf of a different request.');
        super.abort(reason);
      }
    };
    return () => {
      globalThis.AbortController = AbortController;
    };
  }
}
