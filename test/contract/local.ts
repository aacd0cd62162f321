import { type Dialect, PersonaClient } from 'persona-client';
import { createPersonaService } from 'persona-client/testing';
import { expect } from 'vitest';
import type { Deployed } from './deployed.js';

/** What a deployment can have in place of the fields known out of the box. */
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

/** More personas than a page of either dialect holds; and an empty database of a deployment with its own fields. */
export const STORES = [
  { name: 'memory', options: { store: 'memory', seed: 130 } },
  { name: 'SQLite', options: { store: { sqlite: ':memory:' }, seed: false, fieldConfig } },
] as const;

const CREDENTIALS = { username: 'contract', password: 'of-the-tests' };

/** A service on a socket. Closing it checks that it holds what it held before: the contract cleans up. */
export async function local(
  { options }: (typeof STORES)[number],
  dialect: Dialect,
  auth: boolean,
): Promise<Deployed> {
  const users = { [CREDENTIALS.username]: CREDENTIALS.password };
  const service = createPersonaService({ ...options, dialect, auth: auth && { users } });
  const { url: baseUrl } = await service.listen({ port: 0 });
  const client: Deployed['client'] = (more) =>
    new PersonaClient({ baseUrl, ...(auth ? { auth: CREDENTIALS } : {}), ...more });
  const before = await contents(client());
  return {
    dialect,
    auth,
    client,
    close: async () => {
      const after = await contents(client());
      await service.close();
      expect(after).toEqual(before);
    },
  };
}

async function contents(client: PersonaClient): Promise<unknown[]> {
  using own = client;
  const all: unknown[] = [];
  for await (const persona of own.personas.iterate()) all.push(persona);
  return all;
}
