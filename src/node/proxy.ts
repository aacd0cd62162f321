import { isIPv6 } from 'node:net';

/** A proxy for HTTP. */
export interface HttpProxy {
  /** Host and port, for messages. Contains no credentials. */
  readonly name: string;
  readonly protocol: string;
  /** Host and port, as in a URL. */
  readonly host: string;
  /** Host without the brackets of an IPv6 address. */
  readonly hostname: string;
  readonly port: string;
  /** Value of the header `proxy-authorization`. */
  readonly authorization: string | undefined;
}

/** The part of a URL that selects the proxy. */
type Target = Pick<URL, 'protocol' | 'hostname' | 'port'>;

/** Returns the proxy for a target, or `undefined` for a direct connection. */
export type FindProxy = (target: Target) => HttpProxy | undefined;

/**
 * Parses the URL of a proxy. Adds `http://` to a value without a scheme, as curl does.
 *
 * @returns `undefined` if it is not an http(s) URL, or its user name and password are not percent-encoded.
 */
export function parseProxy(value: string): HttpProxy | undefined {
  const url = URL.parse(value.includes('://') ? value : `http://${value}`);
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
  const { protocol, host, username, password } = url;
  const port = url.port || DEFAULT_PORTS[protocol] || '';
  let authorization: string | undefined;
  try {
    const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    if (credentials !== ':') authorization = `Basic ${Buffer.from(credentials).toString('base64')}`;
  } catch {
    return undefined;
  }
  const hostname = unbracket(url.hostname);
  return { name: `${url.hostname}:${port}`, protocol, host, hostname, port, authorization };
}

/**
 * Reads the proxies from the environment, and the hosts that need none. Lowercase names win, as in curl.
 *
 * @throws {TypeError} if {@link parseProxy} cannot parse a variable. The message names the variable, but not its value, which
 * can contain a password.
 */
export function readProxyEnvironment(environment: NodeJS.ProcessEnv): FindProxy {
  const read = (name: string) => {
    const value = environment[name.toLowerCase()] ?? environment[name];
    const proxy = value ? parseProxy(value) : undefined;
    if (value && !proxy) throw new TypeError(`The environment variable ${name} must be an http(s) URL.`);
    return proxy;
  };
  const httpProxy = read('HTTP_PROXY');
  const httpsProxy = read('HTTPS_PROXY') ?? httpProxy;
  const isExempt = parseNoProxy(environment.no_proxy ?? environment.NO_PROXY ?? '');
  return (target) => {
    if (isExempt(target)) return undefined;
    return target.protocol === 'https:' ? httpsProxy : httpProxy;
  };
}

const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' };

/**
 * Parses `NO_PROXY`: `*`, or host names and IP addresses, separated by commas or spaces. Each can have a port. A name also
 * exempts its subdomains.
 */
function parseNoProxy(value: string): (target: Target) => boolean {
  const entries = value
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean)
    .map((entry) => {
      const [, host = entry, port] = (isIPv6(entry) ? null : /^(.+?)(?::(\d+))?$/.exec(entry)) ?? [];
      return { name: unbracket(host).replace(/^\*?\.|\.$/g, ''), port };
    });
  return ({ protocol, hostname, port }) => {
    const targetName = unbracket(hostname.toLowerCase()).replace(/\.$/, '');
    const targetPort = port || DEFAULT_PORTS[protocol];
    return entries.some(
      (entry) =>
        (entry.port === undefined || entry.port === targetPort) &&
        (entry.name === '*' || targetName === entry.name || targetName.endsWith(`.${entry.name}`)),
    );
  };
}

const unbracket = (host: string): string => host.replace(/^\[(.*)\]$/, '$1');
