/** Property of an error that contains a message of this package. The client shows it, because it contains no data. */
const REASON = Symbol.for('persona-client.reason');

/** The proxy did not forward a request, so the service has not received it. */
export class ProxyError extends Error {
  override readonly name = 'ProxyError';
  readonly code: string;
  readonly syscall = 'connect';
  readonly [REASON]: string;

  constructor(message: string, code = 'ERR_PROXY_TUNNEL') {
    super(message);
    this.code = code;
    this[REASON] = message;
  }
}
