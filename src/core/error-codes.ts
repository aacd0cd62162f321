/**
 * Machine-readable reason of a {@link PersonaError}, for `switch` statements. The error classes say what to do.
 *
 * | Code | Meaning |
 * |---|---|
 * | `invalid_input` | The client rejected the input or an option. Nothing was sent. |
 * | `rejected_input` | The service rejected the input (400, 422, or a 500 that wraps a 400). |
 * | `invalid_response` | The response does not match its schema, or exceeds `maxResponseBytes`. |
 * | `incomplete_list` | The service counts personas that no page of its list contains, or its pages repeat. |
 * | `unexpected_status` | The service responded with a status that has no error class, such as a redirect. |
 * | `route_not_found` | The service has no such route (a 404 that names no persona). |
 * | `unauthenticated` | The request has no valid token (401), or the client cannot obtain one. |
 * | `credentials_rejected` | The service rejected a login, refresh or logout. |
 * | `auth_unsupported` | The service has no authentication endpoints. |
 * | `forbidden` | The service (403) or the client's `access` policy denies the call. |
 * | `not_found` | The persona does not exist (404). |
 * | `conflict` | The write conflicts with stored data (409, 412 or `ifUnmodifiedSince`). |
 * | `rate_limited` | Too many requests (429). |
 * | `server_error` | The service, or a proxy in front of it, failed (5xx). |
 * | `connection_failed` | The connection failed, or the response was cut off. |
 * | `timeout` | An attempt exceeded `timeoutMs`, or the call exceeded `deadlineMs`. |
 * | `circuit_open` | The circuit breaker is open, or half-open with a probe in flight. The attempt was not sent. |
 * | `not_cached` | `cache: 'only-if-cached'` found no cached entry. Nothing was sent. |
 * | `aborted` | The caller aborted the call, or closed the client or view. |
 */
export type PersonaErrorCode =
  | 'invalid_input'
  | 'rejected_input'
  | 'invalid_response'
  | 'incomplete_list'
  | 'unexpected_status'
  | 'route_not_found'
  | 'unauthenticated'
  | 'credentials_rejected'
  | 'auth_unsupported'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'rate_limited'
  | 'server_error'
  | 'connection_failed'
  | 'timeout'
  | 'circuit_open'
  | 'not_cached'
  | 'aborted';

/** Property with the kinds of an error. By this property, copies of this package recognize each other's errors. */
export const ERROR_BRAND: unique symbol = Symbol.for('persona-client.error');
