import { lookup } from 'node:dns/promises';
import { isPlaintextHttp } from '../../config/secure-origin.js';
import { type HttpProxy, readProxyEnvironment } from '../../node/proxy.js';
import { isForbiddenPort } from '../forbidden-ports.js';
import { getHostName, supportsTls } from './tls.js';
import type { Check } from './types.js';

const MAX_HEALTHY_SKEW_MS = 60_000;

/** Resolves the host name. Rejects ports that `fetch` forbids. Warns if the URL is unencrypted and not on this machine. */
export const checkAddress: Check = async ({ url }) => {
  if (isForbiddenPort(Number(url.port || 80)))
    return {
      status: 'failed',
      message: `fetch and browsers forbid port ${url.port}`,
      advice: 'Run the service on another port, or behind a proxy on another port.',
    };
  if (isPlaintextHttp(url.href))
    return {
      status: 'warning',
      message: `${url.href} is not encrypted`,
      advice: 'Use https. On an unencrypted connection, others can read passwords, tokens and personas.',
    };
  const { address } = await lookup(getHostName(url));
  return { status: 'ok', message: `${url.href} resolves to ${address}` };
};

/** Warns if the environment configures a proxy that Node does not use. */
export const checkProxy: Check = async ({ environment, url }) => {
  const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy'].filter(
    (name) => environment[name],
  );
  if (names.length === 0) return { status: 'ok', message: 'no proxy is configured' };
  const variables = names.join(', ');
  let proxy: HttpProxy | undefined;
  try {
    proxy = readProxyEnvironment(environment)(url);
  } catch (error) {
    const advice = 'Set the variable to an http:// or https:// URL of a proxy, or unset it.';
    return { status: 'failed', message: (error as Error).message, advice };
  }
  if (proxy === undefined)
    return { status: 'ok', message: `${variables} is set, but does not apply to this service` };
  if (environment.NODE_USE_ENV_PROXY === '1')
    return { status: 'ok', message: `${variables} is set, and Node uses the proxy ${proxy.name}` };
  return {
    status: 'warning',
    message: `${variables} is set, but Node does not use it by default`,
    advice:
      'Set NODE_USE_ENV_PROXY=1 (Node 22.21 and later), or use createPooledTransport({ proxy: "env" }) in your own code.',
  };
};

/** Calls the health endpoint. */
export const checkReachability: Check = async (context) => {
  const { client, url, signal } = context;
  try {
    const { status, version } = await client.health.check({ signal });
    context.isReachable = true;
    return {
      status: 'ok',
      message: `the service reports "${status}"${version ? `, version ${version}` : ''}`,
    };
  } catch (error) {
    if (url.protocol !== 'http:' || !(await supportsTls(url, signal))) throw error;
    return {
      status: 'failed',
      message: 'the server expects TLS, but the URL says http',
      advice: `Use ${url.href.replace('http:', 'https:')}.`,
    };
  }
};

/** Compares the clocks of this machine and the service. */
export const checkClock: Check = async ({ url, signal }) => {
  const startedAt = Date.now();
  const response = await fetch(new URL('/health', url), { signal, redirect: 'manual' });
  await response.body?.cancel();
  const serverTime = Date.parse(response.headers.get('date') ?? '');
  if (Number.isNaN(serverTime))
    return { status: 'skipped', message: 'the response has no valid Date header' };
  const skewMs = serverTime - (startedAt + Date.now()) / 2;
  const seconds = Math.round(skewMs / 1_000);
  if (Math.abs(skewMs) <= MAX_HEALTHY_SKEW_MS)
    return { status: 'ok', message: `the clocks differ by ${Math.abs(seconds)} s` };
  return {
    status: 'warning',
    message: `the clock of the service is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} the clock of this machine`,
    advice: 'Synchronize both clocks with NTP: token expiry and purges depend on them.',
  };
};

/** The client sends this header with every request, unless the client option `headers` omits it. */
const REQUEST_ID_HEADER = 'x-request-id';
/** Headers and methods of the client that a page may use only if the service allows them. */
const CLIENT_HEADERS: readonly string[] = ['authorization', 'content-type', REQUEST_ID_HEADER];
const CLIENT_METHODS: readonly string[] = ['PUT', 'DELETE'];
const CORS_ADVICE = 'in the CORS settings of the service (local service: serve --cors).';

/** Sends a preflight request and a read for `--origin`. */
export const checkCors: Check = async ({ url, origin, signal }) => {
  if (origin === undefined) return { status: 'skipped', message: 'no origin to check; pass --origin' };
  const target = new URL('/api/v1/personas', url);
  const request = { redirect: 'manual', signal } as const;
  const preflight = await fetch(target, {
    ...request,
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': CLIENT_HEADERS.join(', '),
    },
  });
  const read = await fetch(target, { ...request, headers: { origin } });
  await Promise.all([preflight.body?.cancel(), read.body?.cancel()]);
  for (const response of read.ok ? [preflight, read] : [preflight]) {
    const allowedOrigin = response.headers.get('access-control-allow-origin');
    if (allowedOrigin !== '*' && allowedOrigin !== origin)
      return {
        status: 'failed',
        message: `pages from ${origin} may not call the service${allowedOrigin ? `; only pages from ${allowedOrigin} may` : ''}`,
        advice: `Allow the origin ${CORS_ADVICE}`,
      };
  }
  if (!preflight.ok)
    return {
      status: 'failed',
      message: `the service responds with ${preflight.status} to the preflight request of a page`,
      advice: 'Respond to OPTIONS requests with 204 and the CORS headers, even without a token.',
    };
  const allowedHeaders = listHeader(preflight, 'access-control-allow-headers');
  const allowedMethods = listHeader(preflight, 'access-control-allow-methods');
  const missing = [
    ...CLIENT_HEADERS.filter((name) => !allows(allowedHeaders, name)),
    ...CLIENT_METHODS.filter((name) => !allows(allowedMethods, name)),
  ];
  if (missing.length > 0)
    return {
      status: missing.includes(REQUEST_ID_HEADER) ? 'failed' : 'warning',
      message: `pages from ${origin} may call the service, but not with ${missing.join(', ')}`,
      advice: `Allow ${missing.join(', ')} ${CORS_ADVICE}${missing.includes(REQUEST_ID_HEADER) ? ' A client with the option headers: { "x-request-id": null } omits that header.' : ''}`,
    };
  return { status: 'ok', message: `pages from ${origin} may call the service` };
};

const listHeader = (response: Response, name: string): readonly string[] =>
  (response.headers.get(name) ?? '').split(',').map((entry) => entry.trim().toLowerCase());

/** Returns whether a list allows a name. `*` does not include the header `authorization`. */
const allows = (list: readonly string[], name: string): boolean =>
  list.includes(name.toLowerCase()) || (list.includes('*') && name !== 'authorization');
