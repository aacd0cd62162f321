import type { IncomingMessage, ServerResponse } from 'node:http';
import type { PersonaService } from 'persona-client/testing';
import type { Plugin } from 'vite';
import { HICCUP, isTrouble, TROUBLES, type Trouble } from './troubles.js';

/** What the page has to know of the service, and may change. */
export interface Control {
  readonly baseUrl: string;
  readonly trouble: Trouble;
}

/** Adds `/control` to Vite's own server: it drives the faults of the service, which runs in the same process. */
export function control(service: PersonaService, baseUrl: string): Plugin {
  let trouble: Trouble = 'healthy';

  function change(wanted: { readonly trouble?: unknown; readonly hiccup?: unknown }): boolean {
    if (wanted.hiccup === true) service.faults.add(HICCUP);
    else if (isTrouble(wanted.trouble)) {
      trouble = wanted.trouble;
      service.faults.clear();
      for (const fault of TROUBLES[trouble]) service.faults.add(fault);
    } else return false;
    return true;
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const send = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (request.method === 'POST') {
      const isJson = request.headers['content-type'] === 'application/json'; // no other page can send that here
      if (!isJson || !change(await jsonOf(request))) return void send(400, { error: 'No such trouble' });
    }
    send(200, { baseUrl, trouble } satisfies Control);
  }

  return {
    name: 'control-of-the-service',
    configureServer: ({ middlewares }) => {
      middlewares.use('/control', (request, response, next) => void answer(request, response).catch(next));
    },
  };
}

const MOST_BYTES = 1_000;

async function jsonOf(request: IncomingMessage): Promise<object> {
  let text = '';
  for await (const chunk of request) {
    text += chunk;
    if (text.length > MOST_BYTES) return {};
  }
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}
