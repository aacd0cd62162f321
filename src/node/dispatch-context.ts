import { AsyncResource } from 'node:async_hooks';
import type { Client, Dispatcher, Pool } from 'undici';

/** Option of a request: its asynchronous context. */
const CONTEXT = Symbol('context');

interface ContextOptions {
  readonly [CONTEXT]?: AsyncResource;
}

/** Stores the asynchronous context of a request in its options, because the request may wait for a connection. */
export const rememberContext: Dispatcher.DispatcherComposeInterceptor = (dispatch) => (options, handler) =>
  dispatch({ ...options, [CONTEXT]: new AsyncResource('persona-client request') } as typeof options, handler);

/**
 * Creates the `factory` option of an agent. Its connections start each request in the asynchronous context of that request.
 *
 * If a request has waited, a pool of undici starts it in the context of another request. An instrumentation would add the
 * request to the trace of the other request.
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
          const context = (request as ContextOptions)[CONTEXT];
          return context
            ? context.runInAsyncScope(dispatch, undefined, request, handler)
            : dispatch(request, handler);
        };
        return client;
      },
    });
