/** Host names of this machine, as in a URL. */
export const LOOPBACK_HOSTS: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];

/**
 * Whether only programs on this machine can connect to a host.
 *
 * @param host a host name or an address. An IPv6 address may have brackets.
 */
export const isLoopbackHost = (host: string): boolean =>
  /^(?:localhost|127(?:\.\d{1,3}){3}|::1|\[::1\])$/i.test(host);

/**
 * Returns the host name of a `Host` header, without the port and in lower case. An IPv6 address has brackets.
 *
 * Returns `undefined` for a missing header, and for one that contains more than a host name and a port.
 */
export function parseHostName(header: string | null | undefined): string | undefined {
  if (!header || !/^(?:\[[\da-f:.]+\]|[^\s:@/?#\\[\]]+)(?::\d*)?$/i.test(header)) return undefined;
  return URL.parse(`http://${header}`)?.hostname.replace(/\.$/, '');
}
