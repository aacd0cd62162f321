import { PersonaClient } from 'persona-client';

const CLIENTS = 1_000;

/** As it comes, everything on: its defaults, a password, and somebody who listens. */
export async function open(url, further = {}) {
  const options = { baseUrl: url, auth: { username: 'admin', password: 'bench-password' }, ...further };
  const client = new PersonaClient(options);
  let answers = 0;
  client.on('response', () => {
    answers++;
  });
  const another = () => new PersonaClient(options);
  return {
    get: (id) => client.personas.get(id),
    answers: () => answers,
    construct: () => {
      another();
    },
    heapPerClient: () => {
      gc();
      const before = process.memoryUsage().heapUsed;
      const all = Array.from({ length: CLIENTS }, another);
      gc();
      return (process.memoryUsage().heapUsed - before) / all.length;
    },
  };
}
