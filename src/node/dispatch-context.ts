import { AsyncLocalStorage } from 'node:async_hooks';
import type { Client, Dispatcher, Pool } from 'undici';

/** Property of the options of a request that runs a function in the asynchronous context in which the request was made. */
const RUN_IN_CONTEXT = Symbol('runInContext');

interface ContextOptions {
  readonly [RUN_IN_CONTEXT]?: ReturnType<typeof AsyncLocalStorage.snapshot>;
}

/** Makes a request remember its asynchronous context while it waits for a connection. */
export const rememberContext: Dispatcher.DispatcherComposeInterceptor = (dispatch) => (options, handler) =>
  dispatch({ ...options, [RUN_IN_CONTEXT]: AsyncLocalStorage.snapshot() } as typeof options, handler);

/**
 * Creates the factory of an agent whose connections start each request in its own asynchronous context.
 *
 * A pool of undici starts a request that has waited in the context of another request. An instrumentation would add the
 * request to the trace of that other one.
 */
export const createPoolFactory =
  (undici: { readonly Pool: typeof Pool; readonly Client: typeof Client }) =>
  (origin: string | URL, options: object): Dispatcher =>
    new undici.Pool(origin, {
      ...options,
      factory: (clientOrigin, clientOptions) => {
        const client = new undici.Client(clientOrigin, clientOptions);
        const dispatch = client.dispatch.bind(client);
        client.dispatch = (request, handler) => {
          const run = (request as ContextOptions)[RUN_IN_CONTEXT];
          return run ? run(dispatch, request, handler) : dispatch(request, handler);
        };
        return client;
      },
    });
