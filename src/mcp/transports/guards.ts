import { createHash, timingSafeEqual } from 'node:crypto';
import { localhostAllowedOrigins, validateOriginHeader } from '@modelcontextprotocol/server';
import { LOOPBACK_HOSTS, parseHostName } from '../../core/host-header.js';

/** Returns the response that rejects a request, or `undefined` if the request may pass. */
type Guard = (request: Request) => Response | undefined;

/**
 * Creates a guard that rejects requests with an unknown `Host` or `Origin`.
 *
 * The guard prevents DNS rebinding. In this attack, the domain of a web page resolves to 127.0.0.1. The browser then sends the
 * requests of the page to this server.
 */
export function createHeaderGuard(allowedHosts: readonly string[], isLoopbackHost: boolean): Guard {
  const hosts = [...allowedHosts, ...(isLoopbackHost ? LOOPBACK_HOSTS : [])];
  const origins = [...allowedHosts, ...(isLoopbackHost ? localhostAllowedOrigins() : [])];
  return ({ headers }) => {
    const hostName = parseHostName(headers.get('host'));
    if (hostName === undefined || !hosts.includes(hostName))
      return forbidden('The Host of this request is not allowed.');
    if (!validateOriginHeader(headers.get('origin'), origins).ok)
      return forbidden('The Origin of this request is not allowed.');
    return undefined;
  };
}

const forbidden = (message: string) =>
  Response.json({ jsonrpc: '2.0', id: null, error: { code: -32_000, message } }, { status: 403 });

/** Creates a guard that rejects requests without the bearer token. If `token` is unset, all requests pass. */
export function createBearerGuard(token: string | undefined): Guard {
  if (token === undefined) return () => undefined;
  const expected = digest(`Bearer ${token}`);
  return ({ headers }) => {
    const authorization = (headers.get('authorization') ?? '').replace(/^bearer /i, 'Bearer ');
    if (timingSafeEqual(digest(authorization), expected)) return undefined;
    const message = 'Send the token in the header "Authorization: Bearer <token>".';
    return Response.json(
      { jsonrpc: '2.0', id: null, error: { code: -32_001, message } },
      { status: 401, headers: { 'WWW-Authenticate': 'Bearer' } },
    );
  };
}

const digest = (text: string) => createHash('sha256').update(text).digest();
