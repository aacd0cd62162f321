import { type Dialect, PersonaClient } from 'persona-client';
import type { ServiceUnderTest } from './context.js';

/**
 * Connects to a running service and detects its dialect as every client does.
 *
 * PERSONA_CONTRACT_PUBLISHED=1 says that it is the `subresource` service as published.
 * Reads the credentials from PERSONA_API_TOKEN, or from PERSONA_USERNAME and PERSONA_PASSWORD.
 */
export async function connectToRunningService(baseUrl: string): Promise<ServiceUnderTest> {
  const createClient: ServiceUnderTest['client'] = (options) =>
    PersonaClient.fromEnv({ baseUrl, ...options });
  return {
    dialect: await detectDialect(createClient()),
    published: process.env.PERSONA_CONTRACT_PUBLISHED === '1',
    auth: await requiresToken(baseUrl),
    client: createClient,
    close: async () => {},
  };
}

async function detectDialect(client: PersonaClient): Promise<Dialect> {
  using closingClient = client;
  const detected: Dialect[] = [];
  closingClient.on('dialect', ({ dialect }) => detected.push(dialect));
  await closingClient.personas.list({ perPage: 1 });
  const [dialect] = detected;
  if (dialect === undefined) throw new Error('The client could not detect the dialect from a list');
  return dialect;
}

/** Sends a request without the client, which would add its token. */
async function requiresToken(baseUrl: string): Promise<boolean> {
  const origin = baseUrl.replace(/\/+$/, '').replace(/\/api\/v1$/, '');
  const { status } = await fetch(`${origin}/api/v1/personas?per_page=1`);
  return status === 401;
}
