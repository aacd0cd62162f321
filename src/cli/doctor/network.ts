import { lookup } from 'node:dns/promises';
import { isPlaintextHttp } from '../../config/secure-origin.js';
import { type HttpProxy, readProxyEnvironment } from '../../node/proxy.js';
import { isForbiddenPort } from '../forbidden-ports.js';
import { getHostName, supportsTls } from './tls.js';
import type { Check } from './types.js';

const MAX_CLOCK_SKEW_MS = 60_000;

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
  if (Math.abs(skewMs) <= MAX_CLOCK_SKEW_MS)
    return { status: 'ok', message: `the clocks differ by ${Math.abs(seconds)} s` };
  return {
    status: 'warning',
    message: `the clock of the service is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} the clock of this machine`,
    advice: 'Synchronize both clocks with NTP: token expiry and purges depend on them.',
  };
};

/** Sends a preflight request for `--origin`. */
export const checkCors: Check = async ({ url, origin, signal }) => {
  if (origin === undefined) return { status: 'skipped', message: 'no origin to check; pass --origin' };
  const response = await fetch(new URL('/api/v1/personas', url), {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'GET',
      'access-control-request-headers': 'authorization',
    },
    redirect: 'manual',
    signal,
  });
  await response.body?.cancel();
  const allowedOrigin = response.headers.get('access-control-allow-origin');
  if (allowedOrigin === '*' || allowedOrigin === origin)
    return { status: 'ok', message: `pages from ${origin} may call the service` };
  return {
    status: 'failed',
    message: `pages from ${origin} may not call the service${allowedOrigin ? `; only pages from ${allowedOrigin} may` : ''}`,
    advice: 'Add the origin to the CORS settings of the service (local service: serve --cors).',
  };
};
