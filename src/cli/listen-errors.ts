import { getSystemErrorMessage } from 'node:util';

interface ListenError extends NodeJS.ErrnoException {
  /** The address, or the path of a Unix socket. */
  readonly address?: string;
  /** -1 for a Unix socket. */
  readonly port?: number;
  /** The host name that has no address. */
  readonly hostname?: string;
}

/**
 * Turns the error of a server that cannot listen into one that names the flag to change. Returns other errors unchanged.
 *
 * @param getPortFlag returns the flag that has chosen a port.
 */
export function toListenError(error: unknown, getPortFlag: (port: number) => string): unknown {
  if (!(error instanceof Error)) return error;
  const message = describe((error.cause ?? error) as ListenError, getPortFlag);
  return message === undefined ? error : new Error(message, { cause: error });
}

function describe(
  { code, errno, syscall, hostname, address = 'this address', port }: ListenError,
  getPortFlag: (port: number) => string,
): string | undefined {
  if (hostname !== undefined)
    return `Cannot find the address of ${hostname}. Choose another host with --host`;
  if (syscall !== 'listen' || errno === undefined) return undefined;
  if (port === -1)
    return `Cannot listen on ${address}: ${getSystemErrorMessage(errno)}. With --socket, choose a short path in a folder that you can write to`;
  if (code === 'EADDRNOTAVAIL')
    return `This machine has no address ${address}. Choose another host with --host`;
  if (port === undefined) return undefined;
  if (code === 'EADDRINUSE')
    return `Port ${port} on ${address} is already in use. Stop the other program, or choose another port with ${getPortFlag(port)} (0 selects a free one)`;
  if (code === 'EACCES')
    return `This user has no permission to listen on port ${port}. Choose a port from 1024 with ${getPortFlag(port)}`;
  return undefined;
}
