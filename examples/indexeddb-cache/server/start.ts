import { createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { createPersonaService, type PersonaService } from 'persona-client/testing';

export interface Site extends AsyncDisposable {
  readonly url: string;
  readonly service: PersonaService;
}

const resolvePath = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [resolvePath('../page/main.ts')],
    bundle: true,
    write: false,
    format: 'esm',
    // Your own project needs no alias, because it uses the built package from node_modules.
    alias: { 'persona-client': resolvePath('../../../src/index.ts'), events: 'eventemitter3' },
  });
  return outputFiles[0]?.text ?? '';
}

/** The user of a request. This example trusts a cookie. Your application checks its session. */
const getUser = ({ headers }: IncomingMessage) => /\buser=([\w-]+)/.exec(headers.cookie ?? '')?.[1] ?? 'ada';

/** Starts a Persona Service and the application's server, which serves the page and the session of the user. */
export async function startSite(port: number): Promise<Site> {
  const service = createPersonaService({ cors: { origins: ['*'] } });
  const { url: baseUrl } = await service.listen({ port: 0 });
  const masterSecret = randomBytes(32);
  const script = await bundle();

  const server = createServer(async (request, response) => {
    const respond = (type: string, body: string | Buffer) =>
      response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
    if (request.url === '/') respond('text/html', await readFile(resolvePath('../page/index.html')));
    else if (request.url === '/main.js') respond('text/javascript', script);
    else if (request.url === '/session') {
      const user = getUser(request);
      const keySecret = createHmac('sha256', masterSecret).update(`cache of ${user}`).digest('base64');
      respond('application/json', JSON.stringify({ service: baseUrl, user, keySecret }));
    } else response.writeHead(404).end();
  });
  await once(server.listen(port, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    service,
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
      await service.close();
    },
  };
}
