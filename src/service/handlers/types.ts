import type { ServiceResponse } from '../http.js';
import type { Claims } from '../tokens.js';

/** The input of a route handler. */
export interface RouteContext {
  /** Parameters of the path: `id` and `category`. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /**
   * Parses the request body.
   *
   * @throws {Error} if the body is not JSON. Both dialects respond with 500.
   */
  json(): unknown;
  /** Claims of the verified token. Absent if the route or the service needs no token. */
  readonly claims?: Claims;
}

/** Handles the requests of a route. The router turns errors into responses. */
export type RouteHandler = (context: RouteContext) => ServiceResponse | Promise<ServiceResponse>;
