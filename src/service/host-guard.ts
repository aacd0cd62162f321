import { LOOPBACK_HOSTS, parseHostName } from '../core/host-header.js';
import { jsonResponse, type ServiceResponse } from './http.js';

/** Returns the response to a request with this `Host` header, or `undefined` if the service accepts the request. */
type HostGuard = (hostHeader: string | undefined) => ServiceResponse | undefined;

/**
 * Creates a guard against DNS rebinding. In this attack, the domain of a web page resolves to 127.0.0.1. The browser then sends
 * the requests of the page to this service, with the domain in the `Host` header.
 *
 * The guard accepts every IP address, because this attack needs a domain.
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
    // The status is not 421, because `fetch` would repeat the request. No error of a real service has the key `hint`, so a client
    // does not take this one for a rejected password.
    return name === undefined
      ? jsonResponse(403, {
          error: 'The request has no valid Host header.',
          hint: 'Send the host name of the URL.',
        })
      : jsonResponse(403, {
          error: `This service does not accept the host name ${name}.`,
          hint: `If the name is yours, start the service with --allowed-hosts ${name}, or with the option allowedHosts of listen().`,
        });
  };
}

/** An IPv4 address, or an IPv6 address in brackets. */
const IP_ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[.*\])$/;
