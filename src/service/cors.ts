import type { ServiceRequest, ServiceResponse } from './http.js';
import type { CorsOptions } from './options.js';

const ALLOWED_METHODS = 'DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT';

/**
 * Adds the CORS headers that let a page of another origin read a response.
 *
 * Like real services, this function handles only `/api/*`, allows any request header, and exposes no response header.
 */
export function withCors(
  response: ServiceResponse,
  request: ServiceRequest,
  { origins }: CorsOptions,
): ServiceResponse {
  const { origin } = request.headers;
  if (origin === undefined || !request.path.startsWith('/api/')) return response;
  const allowsAny = origins.includes('*');
  if (!allowsAny && !origins.includes(origin)) return response;
  const headers: Record<string, string> = {
    ...response.headers,
    'access-control-allow-origin': allowsAny ? '*' : origin,
    ...(!allowsAny && { vary: 'Origin' }),
  };
  if (request.method === 'OPTIONS' && 'access-control-request-method' in request.headers) {
    headers['access-control-allow-methods'] = ALLOWED_METHODS;
    const requestedHeaders = request.headers['access-control-request-headers'];
    if (requestedHeaders !== undefined) headers['access-control-allow-headers'] = requestedHeaders;
  }
  return { ...response, headers };
}
