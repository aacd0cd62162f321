import type { AddressInfo, ListenOptions, Server } from 'node:net';

/** Starts listening. Rejects if the address is not available. */
export function listen(server: Server, options: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Formats an address as `host:port`, with brackets around an IPv6 host. */
export const formatAddress = ({ address, family, port }: AddressInfo): string =>
  `${family === 'IPv6' ? `[${address}]` : address}:${port}`;

/** Whether only programs on this machine can connect to the host. */
export const isLoopback = (host: string): boolean =>
  /^(?:localhost|127(?:\.\d{1,3}){3}|::1|\[::1\])$/i.test(host);
