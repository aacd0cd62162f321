/** How a {@link createPooledTransport | pooled transport} connects. Everything has a default. */
export interface PooledTransportOptions {
  /** Sockets to one origin at most; further requests wait for one. @default 20 (guide) */
  readonly connections?: number;
  /**
   * How long an idle socket is kept, in milliseconds. A service that announces a time of its own is followed, and a
   * little sooner than it says. @default 4_000
   */
  readonly keepAliveTimeoutMs?: number;
  /** Requests that may be on one HTTP/1.1 socket before its first answer is there; 1 means one at a time. @default 1 */
  readonly pipelining?: number;
  /** Speak HTTP/2 where a TLS server offers it. @default false */
  readonly allowH2?: boolean;
  /**
   * `'env'`: as `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` say, in capitals or not, when the transport is created. A URL: through
   * this proxy, always. @default none, whatever the environment says
   */
  readonly proxy?: 'env' | `http://${string}` | `https://${string}`;
  /** Certificates to trust, in PEM, in place of those that Node trusts. */
  readonly ca?: string;
}

const KNOWN = ['connections', 'keepAliveTimeoutMs', 'pipelining', 'allowH2', 'proxy', 'ca'];

/** @throws TypeError that names the option and what it must be. */
export function settingsOf(options: PooledTransportOptions) {
  for (const name of Object.keys(options))
    if (!KNOWN.includes(name)) fail(`has no option ${name}: there are ${KNOWN.join(', ')}`);
  const {
    connections = 20,
    keepAliveTimeoutMs = 4_000,
    pipelining = 1,
    allowH2 = false,
    proxy,
    ca,
  } = options;
  for (const [name, value] of Object.entries({ connections, keepAliveTimeoutMs, pipelining }))
    if (!(Number.isInteger(value) && value >= 1)) fail(`${name} must be a whole number from 1 on`);
  if (typeof allowH2 !== 'boolean') fail('allowH2 must be true or false');
  if (proxy !== undefined && proxy !== 'env' && !/^https?:$/.test(URL.parse(proxy)?.protocol ?? ''))
    fail("proxy must be 'env' or an http(s) URL"); // the value may hold a password
  return { connections, keepAliveTimeoutMs, pipelining, allowH2, proxy, ca };
}

function fail(what: string): never {
  throw new TypeError(`createPooledTransport: ${what}`);
}
