import { type Dialect, PersonaClient } from 'persona-client';
import type { Deployed } from './deployed.js';

/**
 * A service that somebody started, with credentials from PERSONA_API_TOKEN, or PERSONA_USERNAME and
 * PERSONA_PASSWORD. Which dialect it speaks is found out the way every user finds it out.
 */
export async function running(baseUrl: string): Promise<Deployed> {
  const client: Deployed['client'] = (options) => PersonaClient.fromEnv({ baseUrl, ...options });
  return {
    dialect: await dialectOf(client()),
    auth: await asksForToken(baseUrl),
    client,
    close: async () => {},
  };
}

async function dialectOf(client: PersonaClient): Promise<Dialect> {
  using own = client;
  const told: Dialect[] = [];
  own.on('dialect', ({ dialect }) => told.push(dialect));
  await own.personas.list({ perPage: 1 });
  const [dialect] = told;
  if (dialect === undefined) throw new Error('A list did not tell which dialect the service speaks');
  return dialect;
}

/** Asked without the client, which would bring its token. */
async function asksForToken(baseUrl: string): Promise<boolean> {
  const root = baseUrl.replace(/\/+$/, '').replace(/\/api\/v1$/, '');
  const { status } = await fetch(`${root}/api/v1/personas?per_page=1`);
  return status === 401;
}
