import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
};

/**
 * Serves a folder under a policy that forbids `eval`. Inline scripts are allowed because Parcel's loader is one.
 *
 * @param connectSources the servers that pages may send requests to.
 */
export async function startStaticServer(folder: string, connectSources = 'http://127.0.0.1:*') {
  const server = createServer(async ({ url = '/' }, response) => {
    const { pathname } = new URL(url, 'http://static-server');
    const file = join(folder, normalize(pathname === '/' ? '/index.html' : pathname));
    const content = await readFile(file).catch(() => undefined);
    response.writeHead(content === undefined ? 204 : 200, {
      'content-type': CONTENT_TYPES[extname(file)] ?? 'application/octet-stream',
      'content-security-policy': `default-src 'self'; script-src 'self' 'unsafe-inline'; connect-src ${connectSources}`,
    });
    response.end(content);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
