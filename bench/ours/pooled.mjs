import { createPooledTransport } from 'persona-client/node';
import { open as openClient } from './client.mjs';

/** The client with the pooled transport. */
export async function open(url) {
  const transport = await createPooledTransport();
  return openClient(url, { fetch: transport.fetch });
}
