import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { createPersonaService, type Fault, type PersonaService } from 'persona-client/testing';
import type { SmokeOptions } from '../package/smoke/program.js';
import { BROKEN_RESPONSES, createBrokenServer } from './broken-servers.js';

export interface ControlledService extends AsyncDisposable {
  /** What the smoke program needs to use the service, as JSON values. */
  readonly urls: Pick<SmokeOptions, 'serviceUrl' | 'controlUrl' | 'brokenUrls'>;
  readonly service: PersonaService;
}

/** Starts a service, and a control server through which a program in another process adds faults and reads requests. */
export async function startControlledService(): Promise<ControlledService> {
  const arrivals = new EventEmitter();
  const service = createPersonaService({
    auth: { users: { admin: 'secret' } },
    cors: { origins: ['*'] },
    now: () => {
      setImmediate(() => arrivals.emit('request')); // the service reads the time when it records a request
      return Date.now();
    },
  });
  const { url } = await service.listen({ port: 0 });
  const server = createServer((request, response) => {
    response.setHeader('access-control-allow-origin', '*');
    response.setHeader('access-control-allow-methods', 'GET, POST, DELETE');
    runControl(service, arrivals, request).then(
      (body) => response.end(JSON.stringify(body ?? {})),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  const brokenServer = createBrokenServer();
  const listen = async (anyServer: Server): Promise<string> => {
    await once(anyServer.listen(0, '127.0.0.1'), 'listening');
    return `http://127.0.0.1:${(anyServer.address() as AddressInfo).port}`;
  };
  const controlUrl = await listen(server);
  const brokenUrl = await listen(brokenServer);
  const brokenUrls = Object.keys(BROKEN_RESPONSES).map((_, index) => `${brokenUrl}/${index}`);
  return {
    service,
    urls: { serviceUrl: url, controlUrl, brokenUrls },
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
      brokenServer.close();
      await service.close();
    },
  };
}

/** Handles a request to the control server and returns the response body. */
async function runControl(
  service: PersonaService,
  arrivals: EventEmitter,
  request: IncomingMessage,
): Promise<unknown> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://control');
  switch (`${request.method} ${pathname}`) {
    case 'POST /faults': {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      service.faults.add(JSON.parse(Buffer.concat(chunks).toString()) as Fault);
      return undefined;
    }
    case 'DELETE /faults':
      return service.faults.clear();
    case 'GET /requests':
      return service.requests.map(({ method, path }) => ({ method, path }));
    case 'DELETE /requests':
      return service.clearRequests();
    case 'GET /wait': {
      const expected = searchParams.get('request');
      while (!service.requests.some(({ method, path }) => `${method} ${path}` === expected))
        await once(arrivals, 'request');
      return undefined;
    }
    default:
      return undefined;
  }
}
