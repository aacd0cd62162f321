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

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [path('../page/main.ts')],
    bundle: true,
    write: false,
    format: 'esm',
    // In a project of yours neither is needed: the package comes built, from node_modules.
    alias: { 'persona-client': path('../../../src/index.ts'), events: 'eventemitter3' },
  });
  return outputFiles[0]?.text ?? '';
}

/** Who has signed in: here anybody who says so, in your application whoever has a session. */
const userOf = ({ headers }: IncomingMessage) => /\buser=([\w-]+)/.exec(headers.cookie ?? '')?.[1] ?? 'ada';

/** A Persona Service, and the server of the application: its page, and what a user who has signed in is told. */
export async function startSite(port: number): Promise<Site> {
  const service = createPersonaService({ cors: { origins: ['*'] } });
  const { url: baseUrl } = await service.listen({ port: 0 });
  const master = randomBytes(32);
  const script = await bundle();

  const server = createServer(async (request, response) => {
    const answer = (type: string, body: string | Buffer) =>
      response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
    if (request.url === '/') answer('text/html', await readFile(path('../page/index.html')));
    else if (request.url === '/main.js') answer('text/javascript', script);
    else if (request.url === '/session') {
      const user = userOf(request);
      const keySecret = createHmac('sha256', master).update(`cache of ${user}`).digest('base64');
      answer('application/json', JSON.stringify({ service: baseUrl, user, keySecret }));
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
