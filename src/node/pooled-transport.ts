import type { Agent, Dispatcher } from 'undici';
import { createDispatchTransport, TRANSPORT } from './dispatch-transport.js';
import { type PooledTransportOptions, resolvePoolOptions } from './pooled-transport-options.js';

/** A `fetch` with its own connection pool. */
export interface PooledTransport extends AsyncDisposable {
  /**
   * Pass this as the `fetch` option of one or more clients. It works like the global `fetch`. If you do not wrap it,
   * clients send requests directly to the pool, which is faster.
   */
  readonly fetch: typeof globalThis.fetch;
  /** Rejects new requests, waits for those in flight, then closes every socket. */
  close(): Promise<void>;
}

/**
 * Creates a `fetch` with its own connection pool. Needs the package `undici` 7.
 *
 * The transport uses `fetch` from `undici`, because Node's built-in `fetch` is not compatible with the pools of all `undici`
 * versions.
 *
 * @throws {TypeError} For an unknown or invalid option.
 * @throws {Error} If `undici` is not installed.
 * @example
 * ```ts
 * const transport = await createPooledTransport({ connections: 20 });
 * const client = new PersonaClient({ fetch: transport.fetch });
 * // …
 * client.close();
 * await transport.close();
 * ```
 */
export async function createPooledTransport(options: PooledTransportOptions = {}): Promise<PooledTransport> {
  const poolOptions = resolvePoolOptions(options);
  const undici = await loadUndici();
  const pool = createPool(undici, poolOptions);
  const dispatcher = poolOptions.pipelining > 1 ? pool.compose(disableBlocking) : pool;
  let closePromise: Promise<void> | undefined;
  const close = () => {
    closePromise ??= pool.close();
    return closePromise;
  };
  const pooledFetch = (input: string | URL | Request, init: RequestInit = {}) =>
    undici.fetch(...(toUndiciArguments(input, init, dispatcher) as Parameters<Undici['fetch']>));
  const fetch = Object.assign(pooledFetch as unknown as typeof globalThis.fetch, {
    [TRANSPORT]: createDispatchTransport(dispatcher, poolOptions.connections),
  });
  return { fetch, close, [Symbol.asyncDispose]: close };
}

type Undici = typeof import('undici');

async function loadUndici(): Promise<Undici> {
  try {
    return await import('undici');
  } catch (cause) {
    if (!/ERR_MODULE_NOT_FOUND|MODULE_NOT_FOUND/.test(String((cause as { code?: unknown }).code)))
      throw cause;
    throw new Error(
      'createPooledTransport needs the package undici, which persona-client does not install. Run: npm install undici@7',
      { cause },
    );
  }
}

function createPool(undici: Undici, options: ReturnType<typeof resolvePoolOptions>): Dispatcher {
  const { connections, keepAliveTimeoutMs, pipelining, allowH2, proxy, ca } = options;
  const tlsOptions = ca === undefined ? {} : { ca };
  const agentOptions: Agent.Options = {
    connections,
    keepAliveTimeout: keepAliveTimeoutMs,
    pipelining,
    allowH2,
    connect: tlsOptions,
  };
  if (proxy === undefined) return new undici.Agent(agentOptions);
  const proxyOptions = { ...agentOptions, requestTls: tlsOptions, proxyTls: tlsOptions };
  return proxy === 'env'
    ? new undici.EnvHttpProxyAgent(proxyOptions)
    : new undici.ProxyAgent({ ...proxyOptions, uri: proxy });
}

/** Makes pipelining work. By default, undici sends no other request on a socket until the response headers arrive. */
const disableBlocking: Dispatcher.DispatcherComposeInterceptor = (dispatch) => (options, handler) =>
  dispatch({ ...options, blocking: false }, handler);

/** Converts the arguments of `fetch`: a Request of Node becomes a URL and options, because undici rejects it. */
function toUndiciArguments(
  input: string | URL | Request,
  init: RequestInit,
  dispatcher: Dispatcher,
): unknown[] {
  if (typeof input === 'string' || input instanceof URL) return [input, { ...init, dispatcher }];
  const { url, method, headers, body, signal, redirect } = input;
  const requestInit = { method, headers, signal, redirect, ...(body ? { body, duplex: 'half' } : {}) };
  return [url, { ...requestInit, ...init, dispatcher }];
}
