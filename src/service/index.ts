/** The local Persona Service: a test double and development server that behaves like deployed services. */
import { checkListenOptions, checkServiceOptions } from './check-options.js';
import { withConditions } from './conditional-requests.js';
import { createDialectRules } from './dialects/index.js';
import type { Dialect } from './dialects/types.js';
import { createFaultInjector, type Faults } from './faults.js';
import { createFetch } from './fetch-adapter.js';
import { DEFAULT_FIELD_CONFIG } from './field-config.js';
import type { ServiceRequest } from './http.js';
import { type ServiceListener, startNodeServer } from './node-server.js';
import { createOpenApiRoute } from './openapi/index.js';
import type { ListenOptions, PersonaServiceOptions } from './options.js';
import { createRecorder, type RecordedRequest } from './recorder.js';
import { createRequestHandler } from './request-handler.js';
import { createRouter } from './router.js';
import { createRoutes } from './routes.js';
import { openStore } from './store/index.js';
import { systemNow } from './timestamps.js';
import { createTokenIssuer } from './tokens.js';

/** A local Persona Service. Call it in process with `fetch`, or over a socket after `listen`. */
export interface PersonaService {
  /** The kind of deployed service that the local service imitates. */
  readonly dialect: Dialect;
  /**
   * Calls the service without a socket. Pass this function as the `fetch` option of a client.
   *
   * Ignores the origin of the URL, and a base path before the routes, such as `/gateway` in `/gateway/api/v1/personas`. So
   * every `baseUrl` of a client works. `requests` and `faults` do not see the base path.
   *
   * @throws {TypeError} if a fault resets the connection, or the service is closed.
   * @throws {Error} if the store cannot be opened.
   */
  readonly fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>;
  /** The last 10,000 requests in order of arrival, including requests that a fault applied to. */
  readonly requests: readonly RecordedRequest[];
  /** Empties `requests`. */
  clearRequests(): void;
  /** The failures that the service simulates. */
  readonly faults: Faults;
  /**
   * Starts an HTTP server with `node:http`. The store is open and seeded when the promise resolves.
   *
   * @throws {Error} if the port is in use, the store cannot be opened, or the runtime has no `node:http`.
   * @throws {TypeError} for an unknown or invalid option, or if the service is closed.
   */
  listen(options?: ListenOptions): Promise<ServiceListener>;
  /** Stops all listeners, ends all connections and delays, and closes the store unless you passed your own. */
  close(): Promise<void>;
  /** Calls `close`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Creates a local Persona Service of any kind.
 *
 * @throws {TypeError} for an unknown or invalid option, and if `published` is set for another dialect than `subresource`.
 * @example
 * await using service = createPersonaService({ dialect: 'attributes' });
 * const { url } = await service.listen({ port: 0 });
 * const page = await (await fetch(`${url}/api/v1/personas`)).json();
 */
export function createPersonaService(options: PersonaServiceOptions = {}): PersonaService {
  checkServiceOptions(options);
  const { dialect = 'subresource', auth = false, cors = { origins: [] }, now = systemNow } = options;
  const {
    fieldConfig = DEFAULT_FIELD_CONFIG,
    published = false,
    latencyMs = 0,
    validators,
    openapi = true,
  } = options;
  const rules = createDialectRules(dialect, fieldConfig, published);
  const tokenIssuer = auth === false ? undefined : createTokenIssuer(auth, now);
  const recorder = createRecorder();
  const faults = createFaultInjector(tokenIssuer?.expireTokens);
  const closeController = new AbortController();
  const listeners = new Set<ServiceListener>();

  async function openBackend() {
    const { store, close } = await openStore(options, now);
    const routes = [
      ...createRoutes({ rules, store, fieldConfig, tokenIssuer, now }),
      ...(openapi ? [createOpenApiRoute({ rules, fieldConfig })] : []),
    ];
    return { respond: createRouter(routes, rules, tokenIssuer), close };
  }
  let backendPromise: ReturnType<typeof openBackend> | undefined;
  const getBackend = () => {
    backendPromise ??= openBackend().catch((error: unknown) => {
      backendPromise = undefined; // the next request tries again
      throw error;
    });
    return backendPromise;
  };

  const respond = async (request: ServiceRequest) => (await getBackend()).respond(request);
  const handleRequest = createRequestHandler({
    recorder,
    faults,
    respond: validators === undefined ? respond : withConditions(validators, respond, now),
    cors,
    latencyMs,
    now,
  });

  async function close(): Promise<void> {
    closeController.abort(new TypeError('fetch failed: the Persona Service is closed'));
    await Promise.all([...listeners].map((listener) => listener.close()));
    listeners.clear();
    const backend = await backendPromise?.catch(() => undefined);
    backendPromise = undefined;
    await backend?.close();
  }

  return Object.assign(new LocalService(), {
    dialect,
    fetch: createFetch(handleRequest, closeController.signal),
    requests: recorder.requests,
    clearRequests: recorder.clear,
    faults,
    listen: async (listenOptions = {}) => {
      checkListenOptions(listenOptions);
      if (closeController.signal.aborted) throw new TypeError('listen failed: the Persona Service is closed');
      await getBackend();
      const listener = await startNodeServer(handleRequest, listenOptions);
      listeners.add(listener);
      return listener;
    },
    close,
    [Symbol.asyncDispose]: close,
  });
}

/** The class of the service. Immer would freeze the requests in a plain object, and Svelte's state would copy them. */
class LocalService {}
