import {
  anyValue,
  assertOptions,
  booleanRule,
  type OptionRule,
  type OptionRules,
} from '../core/assert-options.js';
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

const countRule: OptionRule = [
  (value: unknown) => Number.isInteger(value) && Number(value) >= 1,
  'must be a whole number of at least 1',
];
const POOL_RULES: OptionRules<PooledTransportOptions> = {
  connections: countRule,
  keepAliveTimeoutMs: countRule,
  pipelining: countRule,
  allowH2: booleanRule,
  proxy: anyValue, // its message must not contain the value
  ca: [
    (value: unknown) => typeof value === 'string' && value.includes('-----BEGIN '),
    'must be the text of certificates in PEM format, not the path of a file',
  ],
};

/**
 * Validates the options and adds the defaults.
 *
 * @throws {TypeError} for an unknown or invalid option.
 */
export function resolvePoolOptions(options: PooledTransportOptions) {
  assertOptions('createPooledTransport', options, POOL_RULES);
  const {
    connections = 20,
    keepAliveTimeoutMs = 4_000,
    pipelining = 1,
    allowH2 = false,
    proxy,
    ca,
  } = options;
  return { connections, keepAliveTimeoutMs, pipelining, allowH2, findProxy: resolveProxy(proxy), ca };
}

export type ResolvedPoolOptions = ReturnType<typeof resolvePoolOptions>;

function resolveProxy(proxy: PooledTransportOptions['proxy']): FindProxy | undefined {
  if (proxy === undefined) return undefined;
  if (proxy === 'env') return readProxyEnvironment(process.env);
  const parsed = typeof proxy === 'string' && /^https?:/i.test(proxy) ? parseProxy(proxy) : undefined;
  if (parsed === undefined)
    // the value can contain a password
    throw new TypeError("createPooledTransport: proxy must be 'env' or an http(s) URL as text");
  return () => parsed;
}
