import { createPooledTransport } from 'persona-client/node';
import { open as openClient } from './client.mjs';

/** The same over a pool of sockets of its own. */
export async function open(url) {
  const transport = await createPooledTransport();
  return openClient(url, { fetch: transport.fetch });
}
