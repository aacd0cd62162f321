import { PersonaClient } from 'persona-client';
import { createMany } from 'persona-client/collections';

const stamp = '2026-11-22T06:29:29.793176';
const headers = { 'content-type': 'application/json' };
const BULK_ITEMS = 1_000;
const EQUAL_READS = 1_000;

const personaText = (id) =>
  JSON.stringify({
    id,
    name: `Persona ${id}`,
    created_at: stamp,
    updated_at: stamp,
    demographic: { id, persona_id: id, language: 'en-US', country: 'US', city: 'San Francisco', age: 34 },
    psychographic: { interests: ['technology', 'travel', 'cooking'], lifestyle: 'active' },
  });
const respond = async (input) =>
  new Response(personaText(Number(new URL(input).pathname.split('/').at(-1)) || 1), { headers });
const fail = async () => new Response('{"message":"Service Unavailable"}', { status: 503, headers });

/** Opens clients that receive responses from their own process, without a socket. So the benchmark measures only the client. */
export function open() {
  const options = { auth: { token: 'a-token-of-the-benchmark' }, dialect: 'subresource', fetch: respond };
  const client = new PersonaClient(options);
  client.on('response', () => {});
  const isolated = new PersonaClient({ ...options, fetch: fail, breaker: { failMax: 1 }, retry: false });
  const opened = isolated.personas.get(1).catch(() => {});
  return {
    read: (id) => client.personas.get(id),
    write: (id) => client.personas.update(id, { name: 'another name' }),
    hit: () => client.personas.get(1),
    rejected: async (id) => {
      await opened;
      await isolated.personas.get(id).then(
        () => Promise.reject(new Error('The circuit let a call through')),
        () => {},
      );
    },
    equalReads: (id) => Promise.all(Array.from({ length: EQUAL_READS }, () => client.personas.get(id))),
    create: async () => {
      const items = Array.from({ length: BULK_ITEMS }, (_, index) => ({ name: `Persona ${index}` }));
      const { failed } = await createMany(client, items, { concurrency: 20 }).finish();
      if (failed > 0) throw new Error(`${failed} personas were not created`);
    },
    construct: () => {
      new PersonaClient(options);
    },
  };
}
