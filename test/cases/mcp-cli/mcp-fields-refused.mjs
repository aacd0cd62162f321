// A deployment's field config has 56 countries, options over 60 characters or with emoji, and fields such as "favorite color".
// The MCP tools reject these values ("Invalid option") and fields, and every field after the first hundred. The client accepts them.
// A limit on the text for a model should not limit what it may write: shorten the text, and accept the values.
import {
  check,
  createPersona,
  finish,
  setTimeLimitSeconds,
  startMcpServer,
  startStubService,
  toolText,
} from '../lib.mjs';

setTimeLimitSeconds(30);
const options = Array.from({ length: 56 }, (_, i) => `country ${String(i).padStart(2, '0')}`);
const longOption = 'an option whose text is longer than sixty characters, as used today';
const emptyCategory = { label: 'x', description: '', fields: [] };
const config = {
  psychographic: {
    ...emptyCategory,
    fields: [
      { name: 'nationality', label: 'n', type: 'string', options },
      { name: 'visited', label: 'v', type: 'list', options },
      {
        name: 'mood',
        label: 'm',
        type: 'string',
        options: ['\u2764\ufe0f romance', 'sci-fi', '\u0645\u06cc\u200c\u0631\u0648\u0645', longOption],
      },
      { name: 'favorite color', label: 'f', type: 'string' },
      { name: 'größe', label: 'g', type: 'string' },
      { name: '2nd_language', label: '2', type: 'string' },
      ...Array.from({ length: 110 }, (_, i) => ({ name: `f${i}`, label: 'f', type: 'string' })),
    ],
  },
  behavioral: emptyCategory,
  contextual: emptyCategory,
};
const service = await startStubService(({ path, method, body }) =>
  path.includes('field-config')
    ? { body: config }
    : method === 'POST'
      ? { status: 201, body: createPersona(2, JSON.parse(body)) }
      : { body: { personas: [], page: 1, per_page: 1, total: 0, pages: 0 } },
);
const server = startMcpServer(service.url);
await server.initialize();
await server.request('tools/list');
for (const value of [
  { nationality: options[3] },
  { nationality: options[55] },
  { visited: [options[55]] },
  { mood: '\u2764\ufe0f romance' },
  { mood: '\u0645\u06cc\u200c\u0631\u0648\u0645' },
  { mood: longOption },
  { 'favorite color': 'red' },
  { größe: 'x' },
  { '2nd_language': 'x' },
  { f5: 'x' },
  { f109: 'x' },
]) {
  const response = await server.callTool('create_persona', { name: 'K', psychographic: value });
  check(
    `create_persona with psychographic ${JSON.stringify(value)}`,
    !response.result?.isError,
    toolText(response).slice(0, 140),
    'created',
  );
}
finish();
