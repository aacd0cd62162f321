import { PersonaClient } from 'persona-client';

const CLIENTS = 1_000;

/** The client with its defaults, password authentication, and an event listener. */
export async function open(url, moreOptions = {}) {
  const options = { baseUrl: url, auth: { username: 'admin', password: 'bench-password' }, ...moreOptions };
  const client = new PersonaClient(options);
  let responses = 0;
  client.on('response', () => {
    responses++;
  });
  const createClient = () => new PersonaClient(options);
  return {
    get: (id) => client.personas.get(id),
    responses: () => responses,
    construct: () => {
      createClient();
    },
    heapPerClient: () => {
      gc();
      const startBytes = process.memoryUsage().heapUsed;
      const clients = Array.from({ length: CLIENTS }, createClient);
      gc();
      return (process.memoryUsage().heapUsed - startBytes) / clients.length;
    },
  };
}
