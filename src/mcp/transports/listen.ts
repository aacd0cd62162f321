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
