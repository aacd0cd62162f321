import type { IncomingMessage, ServerResponse } from 'node:http';
import type { PersonaService } from 'persona-client/testing';
import type { Plugin } from 'vite';
import { FAIL_TWICE, isServiceMode, MODES, type ServiceMode } from './modes.js';

/** State of the service that the page shows. */
export interface ControlState {
  readonly baseUrl: string;
  readonly mode: ServiceMode;
}

/** Adds the route `/control` to the Vite server. It sets the faults of the service, which runs in the same process. */
export function controlPlugin(service: PersonaService, baseUrl: string): Plugin {
  let mode: ServiceMode = 'healthy';

  function applyChange(change: { readonly mode?: unknown; readonly failTwice?: unknown }): boolean {
    if (change.failTwice === true) service.faults.add(FAIL_TWICE);
    else if (isServiceMode(change.mode)) {
      mode = change.mode;
      service.faults.clear();
      for (const fault of MODES[mode]) service.faults.add(fault);
    } else return false;
    return true;
  }

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const send = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (request.method === 'POST') {
      const isJson = request.headers['content-type'] === 'application/json'; // other origins cannot send this content type
      if (!isJson || !applyChange(await readJson(request))) return void send(400, { error: 'Unknown mode' });
    }
    send(200, { baseUrl, mode } satisfies ControlState);
  }

  return {
    name: 'service-control',
    configureServer: ({ middlewares }) => {
      middlewares.use('/control', (request, response, next) => void respond(request, response).catch(next));
    },
  };
}

const MAX_BODY_BYTES = 1_000;

async function readJson(request: IncomingMessage): Promise<object> {
  let text = '';
  for await (const chunk of request) {
    text += chunk;
    if (text.length > MAX_BODY_BYTES) return {};
  }
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}
