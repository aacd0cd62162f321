import { PersonaClient } from 'persona-client';

/** As it comes, everything on: its defaults, a password, and somebody who listens. */
export async function open(url, options = {}) {
  const client = new PersonaClient({
    baseUrl: url,
    auth: { username: 'admin', password: 'bench-password' },
    ...options,
  });
  let answers = 0;
  client.on('response', () => {
    answers++;
  });
  return { get: (id) => client.personas.get(id), answers: () => answers };
}
