import { PersonaClient } from 'persona-client';
import { createMany } from 'persona-client/collections';
import { failingFetch, fetchPersona } from '../support/responses.mjs';

const BULK_ITEMS = 1_000;
const EQUAL_READS = 1_000;

/** Opens clients that receive responses from their own process, without a socket. So the benchmark measures only the client. */
export function open() {
  const options = {
    auth: { token: 'a-token-of-the-benchmark' },
    dialect: 'subresource',
    fetch: fetchPersona,
  };
  const client = new PersonaClient(options);
  client.on('response', () => {});
  const rejectedClient = new PersonaClient({
    ...options,
    fetch: failingFetch,
    breaker: { failMax: 1 },
    retry: false,
  });
  const circuitOpening = rejectedClient.personas.get(1).catch(() => {});
  return {
    read: (id) => client.personas.get(id),
    write: (id) => client.personas.update(id, { name: 'another name' }),
    hit: () => client.personas.get(1),
    rejected: async (id) => {
      await circuitOpening;
      await rejectedClient.personas.get(id).then(
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
