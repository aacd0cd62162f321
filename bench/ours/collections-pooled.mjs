import { createPooledTransport } from 'persona-client/node';
import { open as openCollections } from './collections.mjs';

export async function open(url) {
  const transport = await createPooledTransport();
  return openCollections(url, { fetch: transport.fetch });
}
