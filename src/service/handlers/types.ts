import type { ServiceResponse } from '../http.js';
import type { JsonValue } from '../json/parse.js';
import type { Claims } from '../tokens.js';

/** The parameters of a path. In a route without a parameter, its value is 0 or an empty string. */
export interface PathParams {
  readonly id: bigint;
  readonly category: string;
}

/** The input of a route handler. */
export interface RouteContext extends PathParams {
  readonly query: URLSearchParams;
  /**
   * Parses the request body.
   *
   * @throws {Error} if the body is not JSON. All services respond with 500.
   */
  json(): JsonValue;
  /** Claims of the verified token. Absent if the route or the service needs no token. */
  readonly claims?: Claims;
}

/** Handles the requests of a route. The router turns errors into responses. */
export type RouteHandler = (context: RouteContext) => ServiceResponse | Promise<ServiceResponse>;
