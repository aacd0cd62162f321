import type { Answer, Received } from './exchange.js';
import type { CorsOptions } from './options.js';

const METHODS = 'DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT';

/**
 * Adds what lets a page of another origin read the answer: on `/api/*` only, any request header allowed, and no
 * response header exposed (wire contract).
 */
export function withCors(answer: Answer, received: Received, { origins }: CorsOptions): Answer {
  const { origin } = received.headers;
  if (origin === undefined || !received.path.startsWith('/api/')) return answer;
  const any = origins.includes('*');
  if (!any && !origins.includes(origin)) return answer;
  const headers: Record<string, string> = {
    ...answer.headers,
    'access-control-allow-origin': any ? '*' : origin,
    ...(!any && { vary: 'Origin' }),
  };
  if (received.method === 'OPTIONS' && 'access-control-request-method' in received.headers) {
    headers['access-control-allow-methods'] = METHODS;
    const requested = received.headers['access-control-request-headers'];
    if (requested !== undefined) headers['access-control-allow-headers'] = requested;
  }
  return { ...answer, headers };
}
