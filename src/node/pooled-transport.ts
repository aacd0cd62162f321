import type { Dispatcher } from 'undici';
import { createPoolFactory, rememberContext } from './dispatch-context.js';
import { createDispatchTransport, TRANSPORT } from './dispatch-transport.js';
import {
  type PooledTransportOptions,
  type ResolvedPoolOptions,
  resolvePoolOptions,
} from './pooled-transport-options.js';
import { createProxyConnector, sendAbsoluteUrls } from './proxy-connector.js';

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
 * Creates a `fetch` with its own connection pool. Needs the package `undici` 7 or 8, and Node or Deno.
 *
 * The transport uses `fetch` from `undici`, because Node's built-in `fetch` is not compatible with the pools of all `undici`
 * versions.
 *
 * @throws {TypeError} For an unknown or invalid option, or an invalid variable with `proxy: 'env'`.
 * @throws {Error} If `undici` is not installed, or the runtime replaces it, as Bun does.
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
    ...(poolOptions.findProxy && { [FIND_UNSUPPORTED_HEADERS]: findProxyHeaders }),
    [TRANSPORT]: createDispatchTransport(dispatcher, poolOptions.connections, poolOptions.findProxy),
  });
  return { fetch, close, [Symbol.asyncDispose]: close };
}

/** Key of a function that finds the headers that the transport cannot send. The client rejects them. */
const FIND_UNSUPPORTED_HEADERS = Symbol.for('persona-client.findUnsupportedHeaders');

/** Finds `proxy-authorization`. The service would receive it instead of the proxy. */
const findProxyHeaders = (headers: Readonly<Record<string, string>>) =>
  Object.keys(headers)
    .filter((name) => name.toLowerCase() === 'proxy-authorization')
    .map((name) => ({
      path: ['headers', name],
      message: 'is not sent to a proxy. Put the credentials into the URL of the proxy',
    }));

type Undici = typeof import('undici');

async function loadUndici(): Promise<Undici> {
  let undici: Undici;
  try {
    undici = await import('undici');
  } catch (cause) {
    if (!/ERR_MODULE_NOT_FOUND|MODULE_NOT_FOUND/.test(String((cause as { code?: unknown }).code)))
      throw cause;
    throw new Error(
      'createPooledTransport needs the package undici, which persona-client does not install. Run: npm install undici@7',
      { cause },
    );
  }
  if (typeof undici.Agent?.prototype.compose === 'function' && typeof undici.buildConnector === 'function')
    return undici;
  throw new Error(
    'createPooledTransport does not work in this runtime, which replaces the package undici with its own. Omit the `fetch` option: the fetch of the runtime reuses connections, too.',
  );
}

function createPool(undici: Undici, options: ResolvedPoolOptions): Dispatcher {
  const { connections, keepAliveTimeoutMs, pipelining, allowH2, findProxy, ca } = options;
  const tlsOptions = ca === undefined ? {} : { ca };
  const agentOptions = {
    ...{ connections, keepAliveTimeout: keepAliveTimeoutMs, pipelining, allowH2 },
    factory: createPoolFactory(undici),
  };
  if (findProxy === undefined)
    return new undici.Agent({ ...agentOptions, connect: tlsOptions }).compose(rememberContext);
  const connect = createProxyConnector(
    findProxy,
    undici.buildConnector({ ...tlsOptions, allowH2 }),
    undici.buildConnector({ ...tlsOptions, allowH2: false }),
  );
  return new undici.Agent({ ...agentOptions, connect }).compose(sendAbsoluteUrls(findProxy), rememberContext);
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
