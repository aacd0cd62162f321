import type { Agent, Dispatcher } from 'undici';
import { dispatchTransport, TRANSPORT } from './dispatch.js';
import { type PooledTransportOptions, settingsOf } from './options.js';

/** A `fetch` over a pool of sockets of its own. */
export interface PooledTransport extends AsyncDisposable {
  /**
   * For a client's `fetch` option; works as the global one does. Several clients may share it. A client that is given this
   * very function goes past it, to the pool itself: that takes half the time.
   */
  readonly fetch: typeof globalThis.fetch;
  /** Takes no further requests, lets those under way end, then closes every socket. */
  close(): Promise<void>;
}

/**
 * Opens a pool of sockets, as the guide's session has one. Needs `undici` 7 beside this package, and uses its `fetch` as well:
 * the one built into Node does not go with every version's pool.
 *
 * @throws TypeError for an option that is unknown or impossible; Error when `undici` is not installed.
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
  const settings = settingsOf(options);
  const undici = await load();
  const pool = dispatcherOf(undici, settings);
  const dispatcher = settings.pipelining > 1 ? pool.compose(unblocked) : pool;
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= pool.close();
    return closing;
  };
  const fetch = (input: string | URL | Request, init: RequestInit = {}) =>
    undici.fetch(...(forUndici(input, init, dispatcher) as Parameters<Undici['fetch']>));
  const offered = Object.assign(fetch as unknown as typeof globalThis.fetch, {
    [TRANSPORT]: dispatchTransport(dispatcher, settings.connections),
  });
  return { fetch: offered, close, [Symbol.asyncDispose]: close };
}

type Undici = typeof import('undici');

async function load(): Promise<Undici> {
  try {
    return await import('undici');
  } catch (cause) {
    if (!/ERR_MODULE_NOT_FOUND|MODULE_NOT_FOUND/.test(String((cause as { code?: unknown }).code)))
      throw cause;
    throw new Error(
      'createPooledTransport needs the package undici, which persona-client does not bring along: npm install undici@7',
      { cause },
    );
  }
}

function dispatcherOf(undici: Undici, settings: ReturnType<typeof settingsOf>): Dispatcher {
  const { connections, keepAliveTimeoutMs, pipelining, allowH2, proxy, ca } = settings;
  const tls = ca === undefined ? {} : { ca };
  const options: Agent.Options = {
    connections,
    keepAliveTimeout: keepAliveTimeoutMs,
    pipelining,
    allowH2,
    connect: tls,
  };
  if (proxy === undefined) return new undici.Agent(options);
  const through = { ...options, requestTls: tls, proxyTls: tls };
  return proxy === 'env'
    ? new undici.EnvHttpProxyAgent(through)
    : new undici.ProxyAgent({ ...through, uri: proxy });
}

/** fetch would keep a socket to itself until its headers are there, whatever the pool may. */
const unblocked: Dispatcher.DispatcherComposeInterceptor = (dispatch) => (options, handler) =>
  dispatch({ ...options, blocking: false }, handler);

/** undici knows its own Request only; another one, Node's for example, is taken apart. */
function forUndici(input: string | URL | Request, init: RequestInit, dispatcher: Dispatcher): unknown[] {
  if (typeof input === 'string' || input instanceof URL) return [input, { ...init, dispatcher }];
  const { url, method, headers, body, signal, redirect } = input;
  const taken = { method, headers, signal, redirect, ...(body ? { body, duplex: 'half' } : {}) };
  return [url, { ...taken, ...init, dispatcher }];
}
