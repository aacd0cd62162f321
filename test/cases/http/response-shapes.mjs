// The application passes its own fetch. Its responses have no web stream as body: React Native, node-fetch 2, cross-fetch, a mock.
// The client throws "Cannot read properties of undefined (reading 'getReader')". An applied create has no maybeApplied.
// The README says "any fetch". Without getReader, the client should use arrayBuffer() or text().
import { Readable } from 'node:stream';
import { check, createPersona, describeOutcome, finish, load, setTimeLimitSeconds } from '../lib.mjs';

setTimeLimitSeconds(20);
const { PersonaClient } = await load();
const text = JSON.stringify(createPersona(1));
const nodeResponse = {
  ok: true,
  status: 200,
  headers: new Headers({ 'content-type': 'application/json' }),
  json: async () => JSON.parse(text),
  text: async () => text,
  arrayBuffer: async () => new TextEncoder().encode(text).buffer,
};
const { arrayBuffer, ...mockResponse } = nodeResponse;
const shapes = {
  'a Response (control)': () => new Response(text),
  'React Native: body is undefined': () => ({ ...nodeResponse, body: undefined }),
  'node-fetch 2: body is a Node stream': () => ({
    ...nodeResponse,
    body: Readable.from([Buffer.from(text)]),
  }),
  'a mock with ok, status, headers, json, text': () => mockResponse,
};
for (const [name, createResponse] of Object.entries(shapes)) {
  const client = new PersonaClient({
    baseUrl: 'http://x.test',
    dialect: 'subresource',
    retry: false,
    fetch: async () => createResponse(),
  });
  const read = await describeOutcome(client.personas.get(1));
  check(`${name}: read`, read === '"P1"', read, '"P1"');
  const created = await describeOutcome(client.personas.create({ name: 'P1' }));
  check(`${name}: create`, created === '"P1"', created, '"P1"');
}
finish();
