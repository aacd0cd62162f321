import { PersonaClient } from 'persona-client';
import { expect, it } from 'vitest';

const row = { id: 1, name: 'Ada', created_at: '2026-11-22T06:29:29', updated_at: '2026-11-22T06:29:29' };

it('loads the code of sessions once for all clients, so a later client sends its first request at once', async () => {
  const senders: (string | null)[] = [];
  const fetch = async (_: unknown, init?: RequestInit) => {
    senders.push(new Headers(init?.headers).get('authorization'));
    return Response.json(row);
  };
  const createClient = (token?: string) =>
    new PersonaClient({ fetch, dialect: 'subresource', ...(token && { auth: { token } }) });
  await createClient('first').personas.get(1);

  const withToken = createClient('second').personas.get(1);
  const withoutToken = createClient().personas.get(1);
  const view = createClient().as({ token: 'view' }).personas.get(1);
  await Promise.all([withToken, withoutToken, view]);
  expect(senders).toEqual(['Bearer first', 'Bearer second', null, 'Bearer view']);
});
