import { decodePath, type ServiceRequest, type ServiceResponse } from './http.js';
import type { CorsOptions } from './options.js';

const ALLOWED_METHODS = ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'];

/** Returns the headers that tell whether a page may read the response. */
function createOriginHeaders(
  origin: string | undefined,
  [firstOrigin, ...others]: CorsOptions['origins'],
): Record<string, string> | undefined {
  if (firstOrigin === undefined) return undefined;
  const origins = [firstOrigin, ...others];
  const allowsAny = origins.includes('*');
  if (allowsAny && (!origin || origin === '*')) return { 'access-control-allow-origin': '*' };
  if (origin && !allowsAny && !origins.includes(origin)) return undefined;
  return { 'access-control-allow-origin': origin || firstOrigin, vary: 'Origin' };
}

/** Returns the headers of a preflight response: all methods, and the allowed or the requested header names. */
function createPreflightHeaders(
  { method, headers }: ServiceRequest,
  allowed: CorsOptions['headers'],
): Record<string, string> {
  const requestedMethod = headers['access-control-request-method']?.toUpperCase();
  if (method !== 'OPTIONS' || requestedMethod === undefined || !ALLOWED_METHODS.includes(requestedMethod))
    return {};
  const names = allowed ?? headers['access-control-request-headers']?.split(',').map((name) => name.trim());
  const allowedNames = names?.toSorted().join(', ');
  return {
    'access-control-allow-methods': ALLOWED_METHODS.join(', '),
    ...(allowedNames && { 'access-control-allow-headers': allowedNames }),
  };
}

/**
 * Adds the CORS headers, which let a page of another origin read a response.
 *
 * Like real services, this function handles only `/api/*`, allows any request header by default, and exposes no response header.
 */
export function withCors(
  response: ServiceResponse,
  request: ServiceRequest,
  { origins, headers: allowedHeaders }: CorsOptions,
): ServiceResponse {
  if (!decodePath(request.path).startsWith('/api')) return response; // the services' pattern `/api/*` also matches `/api`
  const originHeaders = createOriginHeaders(request.headers.origin, origins);
  if (originHeaders === undefined) return response;
  const preflightHeaders = createPreflightHeaders(request, allowedHeaders);
  return { ...response, headers: { ...response.headers, ...originHeaders, ...preflightHeaders } };
}
