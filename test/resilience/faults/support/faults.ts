import type { PersonaClient } from 'persona-client';
import type { Cut } from './proxy.js';
import { answered } from './raw.js';

/** Everything that can go wrong with one exchange. */
export const FAULTS: Readonly<Record<string, Cut>> = {
  'cut before the first byte, reset': { at: 'request', bytes: 0, how: 'reset' },
  'cut before the first byte, end': { at: 'request', bytes: 0, how: 'end' },
  'cut in the head': { at: 'request', bytes: 40, how: 'reset' },
  'cut after the request, nothing lands': { at: 'request', landsAfterMs: undefined, how: 'end' },
  'cut after the request, it lands late': { at: 'request', landsAfterMs: 20, how: 'reset' },
  'cut before the answer': { at: 'response', bytes: 0, how: 'reset' },
  'cut in the head of the answer': { at: 'response', bytes: 20, how: 'end' },
  'cut in the body of the answer': { at: 'response', bytes: 190, how: 'end' },
  ...Object.fromEntries(
    [408, 425, 429, 500, 502, 503, 504].map((status): [string, Cut] => [
      String(status),
      { at: 'instead', answer: answered(status, '', [['retry-after', '0']]), afterWrite: false },
    ]),
  ),
  'a redirect': {
    at: 'instead',
    answer: answered(307, '', [['location', '/api/v1/personas']]),
    afterWrite: false,
  },
  'HTML where JSON was promised': {
    at: 'instead',
    answer: answered(200, '<h1>Hello</h1>'),
    afterWrite: true,
  },
};

/** One call for each method. */
export const CALLS: Readonly<Record<string, (client: PersonaClient) => Promise<unknown>>> = {
  GET: (client) => client.personas.get(1),
  POST: (client) => client.personas.create({ name: 'Ada' }),
  PUT: (client) => client.personas.update(1, { name: 'Ada' }),
  DELETE: (client) => client.personas.delete(1),
};
