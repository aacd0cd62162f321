import { LOOPBACK_HOSTS, parseHostName } from '../core/host-header.js';
import { jsonResponse, type ServiceResponse } from './http.js';

/** Returns the response to a request with this `Host` header, or `undefined` if the service accepts the request. */
export type HostGuard = (hostHeader: string | undefined) => ServiceResponse | undefined;

/**
 * Creates a guard against DNS rebinding: if the domain of a web page resolves to 127.0.0.1, browsers send the requests of
 * the page to this service.
 *
 * The guard accepts every IP address, because a browser that connects to an address needs no name.
 *
 * @param host The address or host name that the service listens on.
 * @throws {TypeError} if an allowed host is not a host name.
 */
export function createHostGuard(host: string, allowedHosts: readonly string[]): HostGuard {
  const allowed = new Set(LOOPBACK_HOSTS);
  for (const name of allowedHosts) {
    const hostName = parseHostName(name);
    if (hostName === undefined)
      throw new TypeError(
        `listen: "${name}" is not a host name. allowedHosts needs names such as personas.local`,
      );
    allowed.add(hostName);
  }
  const listeningName = parseHostName(host);
  if (listeningName !== undefined) allowed.add(listeningName);
  return (hostHeader) => {
    const name = parseHostName(hostHeader);
    if (name !== undefined && (allowed.has(name) || name.endsWith('.localhost') || IP_ADDRESS.test(name)))
      return undefined;
    const reason =
      name === undefined
        ? 'The request has no valid Host header.'
        : `This service does not accept the host name ${name}. If the name is yours, start the service with --allowed-hosts ${name}, or with the option allowedHosts of listen().`;
    return jsonResponse(421, { error: reason });
  };
}

/** An IPv4 address, or an IPv6 address in brackets. */
const IP_ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[.*\])$/;
