import { createHash, timingSafeEqual } from 'node:crypto';
import {
  localhostAllowedHostnames,
  localhostAllowedOrigins,
  validateHostHeader,
  validateOriginHeader,
} from '@modelcontextprotocol/server';

/** The answer to a request that may not pass; nothing for one that may. */
export type Guard = (request: Request) => Response | undefined;

/**
 * Only requests meant for this server, by its name, and from no foreign web page: a page whose name resolves to
 * 127.0.0.1 can send its visitors' browsers here.
 */
export function headerGuard(allowedHosts: readonly string[], loopback: boolean): Guard {
  const hosts = [...allowedHosts, ...(loopback ? localhostAllowedHostnames() : [])];
  const origins = [...allowedHosts, ...(loopback ? localhostAllowedOrigins() : [])];
  return ({ headers }) => {
    if (!validateHostHeader(headers.get('host'), hosts).ok) return refusal('This host name is not allowed.');
    if (!validateOriginHeader(headers.get('origin'), origins).ok)
      return refusal('Pages of this origin are not allowed.');
    return undefined;
  };
}

const refusal = (message: string) =>
  Response.json({ jsonrpc: '2.0', id: null, error: { code: -32_000, message } }, { status: 403 });

/** Only requests with the token, if there is one. Compared in a time that says nothing about it. */
export function bearerGuard(token: string | undefined): Guard {
  if (token === undefined) return () => undefined;
  const expected = digest(`Bearer ${token}`);
  return ({ headers }) => {
    const given = (headers.get('authorization') ?? '').replace(/^bearer /i, 'Bearer ');
    if (timingSafeEqual(digest(given), expected)) return undefined;
    return Response.json(
      {
        jsonrpc: '2.0',
        id: null,
        error: { code: -32_001, message: 'Send the token as Authorization: Bearer.' },
      },
      { status: 401, headers: { 'WWW-Authenticate': 'Bearer' } },
    );
  };
}

const digest = (text: string) => createHash('sha256').update(text).digest();
