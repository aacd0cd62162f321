import { type FindProxy, parseProxy, readProxyEnvironment } from './proxy.js';

/** Options of `createPooledTransport`. */
export interface PooledTransportOptions {
  /** Maximum number of sockets per origin. Further requests wait for a free socket. @default 20, as in the integration guide */
  readonly connections?: number;
  /**
   * How long an idle socket stays open, in milliseconds. If the service sends its own keep-alive timeout, the pool closes
   * the socket slightly before that timeout. @default 4_000
   */
  readonly keepAliveTimeoutMs?: number;
  /** Maximum number of requests in flight on one HTTP/1.1 socket. 1 disables pipelining. @default 1 */
  readonly pipelining?: number;
  /** Whether to use HTTP/2 if the service supports it over TLS. @default false */
  readonly allowH2?: boolean;
  /**
   * The proxy for all requests, as a URL. It can contain a user name and a password. `'env'` reads `HTTP_PROXY`, `HTTPS_PROXY`
   * and `NO_PROXY` (or their lowercase forms) when you create the transport. `NO_PROXY` contains host names and IP addresses,
   * each with an optional port, and exempts their subdomains, too. `*` exempts every host.
   *
   * The transport opens a tunnel (`CONNECT`) to an `https:` service. It sends requests for an `http:` service to the proxy.
   * @default no proxy, even if the environment specifies one
   */
  readonly proxy?: 'env' | `http://${string}` | `https://${string}`;
  /** Certificate authorities to trust, in PEM format. They replace those of Node. @default those of Node */
  readonly ca?: string;
}

const OPTION_NAMES = ['connections', 'keepAliveTimeoutMs', 'pipelining', 'allowH2', 'proxy', 'ca'];

/**
 * Validates the options and adds the defaults.
 *
 * @throws {TypeError} for an unknown or invalid option.
 */
export function resolvePoolOptions(options: PooledTransportOptions) {
  for (const name of Object.keys(options))
    if (!OPTION_NAMES.includes(name))
      throwInvalidOption(`Unknown option ${name}. Options are ${OPTION_NAMES.join(', ')}`);
  const {
    connections = 20,
    keepAliveTimeoutMs = 4_000,
    pipelining = 1,
    allowH2 = false,
    proxy,
    ca,
  } = options;
  for (const [name, value] of Object.entries({ connections, keepAliveTimeoutMs, pipelining }))
    if (!(Number.isInteger(value) && value >= 1)) throwInvalidOption(`${name} must be a whole number from 1`);
  if (typeof allowH2 !== 'boolean') throwInvalidOption('allowH2 must be true or false');
  return { connections, keepAliveTimeoutMs, pipelining, allowH2, findProxy: resolveProxy(proxy), ca };
}

export type ResolvedPoolOptions = ReturnType<typeof resolvePoolOptions>;

function resolveProxy(proxy: PooledTransportOptions['proxy']): FindProxy | undefined {
  if (proxy === undefined) return undefined;
  if (proxy === 'env') return readProxyEnvironment(process.env);
  const parsed = /^https?:/i.test(proxy) ? parseProxy(proxy) : undefined;
  if (parsed === undefined) throwInvalidOption("proxy must be 'env' or an http(s) URL"); // the value can contain a password
  return () => parsed;
}

function throwInvalidOption(message: string): never {
  throw new TypeError(`createPooledTransport: ${message}`);
}
