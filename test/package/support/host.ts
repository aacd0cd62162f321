import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createPersonaService, type Fault, type PersonaService } from 'persona-client/testing';
import type { Setting } from '../smoke/program.js';

export interface Host extends AsyncDisposable {
  /** What the smoke program has to know of it, as JSON. */
  readonly setting: Pick<Setting, 'service' | 'control'>;
  readonly service: PersonaService;
}

/** A service on a socket, and its faults and its log on another: the program under test runs in another process. */
export async function startHost(): Promise<Host> {
  const service = createPersonaService({
    auth: { users: { admin: 'secret' } },
    cors: { origins: ['*'] },
  });
  const { url } = await service.listen({ port: 0 });
  const server = createServer((incoming, outgoing) => {
    answer(service, incoming, outgoing).catch((error: unknown) => outgoing.writeHead(500).end(String(error)));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    service,
    setting: { service: url, control: `http://127.0.0.1:${port}` },
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
      await service.close();
    },
  };
}

async function answer(service: PersonaService, incoming: IncomingMessage, outgoing: ServerResponse) {
  outgoing.setHeader('access-control-allow-origin', '*');
  outgoing.setHeader('access-control-allow-methods', 'GET, POST, DELETE');
  const { pathname, searchParams } = new URL(incoming.url ?? '/', 'http://control');
  outgoing.end(
    JSON.stringify((await act(service, `${incoming.method} ${pathname}`, searchParams, incoming)) ?? {}),
  );
}

async function act(service: PersonaService, what: string, query: URLSearchParams, incoming: IncomingMessage) {
  switch (what) {
    case 'POST /faults': {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk);
      service.faults.add(JSON.parse(Buffer.concat(chunks).toString()) as Fault);
      return undefined;
    }
    case 'DELETE /faults':
      return service.faults.clear();
    case 'GET /requests':
      return service.requests.map(({ method, path }) => ({ method, path }));
    case 'DELETE /requests':
      return service.clearRequests();
    case 'GET /arrived':
      while (!service.requests.some(({ method, path }) => `${method} ${path}` === query.get('request')))
        await sleep(5);
      return undefined;
    default:
      return undefined;
  }
}
