import type { PersonaClient } from 'persona-client';
import type { ProxyFault } from '../../../support/fault-proxy.js';
import { rawResponse } from '../../../support/raw-response.js';

/** Every way in which one exchange can fail. */
export const FAULTS: Readonly<Record<string, ProxyFault>> = {
  'request reset before the first byte': { type: 'cut-request', bytes: 0, close: 'reset' },
  'request closed before the first byte': { type: 'cut-request', bytes: 0, close: 'end' },
  'request cut in the headers': { type: 'cut-request', bytes: 40, close: 'reset' },
  'request never forwarded': { type: 'delay-request', forwardAfterMs: undefined, close: 'end' },
  'request forwarded late': { type: 'delay-request', forwardAfterMs: 20, close: 'reset' },
  'response cut before the first byte': { type: 'cut-response', bytes: 0, close: 'reset' },
  'response cut in the headers': { type: 'cut-response', bytes: 20, close: 'end' },
  'response cut in the body': { type: 'cut-response', bytes: 190, close: 'end' },
  ...Object.fromEntries(
    [408, 425, 429, 500, 502, 503, 504].map((status): [string, ProxyFault] => [
      String(status),
      {
        type: 'replace-response',
        response: rawResponse(status, '', [['retry-after', '0']]),
        afterWrite: false,
      },
    ]),
  ),
  redirect: {
    type: 'replace-response',
    response: rawResponse(307, '', [['location', '/api/v1/personas']]),
    afterWrite: false,
  },
  'HTML instead of JSON': {
    type: 'replace-response',
    response: rawResponse(200, '<h1>Hello</h1>'),
    afterWrite: true,
  },
};

/** One call per HTTP method. */
export const CALL_BY_METHOD: Readonly<Record<string, (client: PersonaClient) => Promise<unknown>>> = {
  GET: (client) => client.personas.get(1),
  POST: (client) => client.personas.create({ name: 'Ada' }),
  PUT: (client) => client.personas.update(1, { name: 'Ada' }),
  DELETE: (client) => client.personas.delete(1),
};
