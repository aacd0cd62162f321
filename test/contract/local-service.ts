import { PersonaClient } from 'persona-client';
import { createPersonaService } from 'persona-client/testing';
import { expect } from 'vitest';
import { type SERVICE_KINDS, toClientDialect } from '../support/service.js';
import type { ServiceUnderTest } from './context.js';

/** Replaces the default fields. */
const fieldConfig = {
  contextual: {
    label: 'Setting',
    description: 'Where it rains',
    fields: [
      { name: 'season', type: 'string', label: 'Season', description: 'Of two', options: ['dry', 'wet'] },
      { name: 'rain_mm', type: 'string', label: 'Rain', description: 'By month' },
    ],
  },
} as const;

/** One store with more personas than fit on a page, and one empty store of a deployment with its own fields. */
export const STORE_OPTIONS = [
  { name: 'memory', options: { store: 'memory', seed: 130 } },
  { name: 'SQLite', options: { store: { sqlite: ':memory:' }, seed: false, fieldConfig } },
] as const;

const CREDENTIALS = { username: 'contract', password: 'of-the-tests' };

/** Starts a service on a socket. `close` checks that the suite left the data unchanged. */
export async function startLocalService(
  { options }: (typeof STORE_OPTIONS)[number],
  kind: (typeof SERVICE_KINDS)[number]['options'],
  auth: boolean,
): Promise<ServiceUnderTest> {
  const users = { [CREDENTIALS.username]: CREDENTIALS.password };
  const service = createPersonaService({ ...options, ...kind, auth: auth && { users } });
  const { url: baseUrl } = await service.listen({ port: 0 });
  const createClient: ServiceUnderTest['client'] = (clientOptions) =>
    new PersonaClient({ baseUrl, ...(auth ? { auth: CREDENTIALS } : {}), ...clientOptions });
  const before = await readAll(createClient());
  return {
    dialect: toClientDialect(service.dialect),
    published: 'published' in kind,
    auth,
    client: createClient,
    close: async () => {
      const after = await readAll(createClient());
      await service.close();
      expect(after).toEqual(before);
    },
  };
}

async function readAll(client: PersonaClient): Promise<unknown[]> {
  using closingClient = client;
  const personas: unknown[] = [];
  for await (const persona of closingClient.personas.iterate()) personas.push(persona);
  return personas;
}
