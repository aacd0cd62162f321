import Keyv from 'keyv';
import type { TokenPair, TokenStore } from 'persona-client';
import { expect, it } from 'vitest';
import { ADMIN, setupAuth } from '../../support/auth.js';

it('a Keyv works as a token store without an adapter', async () => {
  const rows = new Map<string, string>();
  const tokenStore: TokenStore = new Keyv<TokenPair>({ store: rows, throwOnErrors: true });
  const { connect, requestCount } = await setupAuth(ADMIN, {}, { tokenStore });
  const client = connect();
  await client.personas.get(1);
  expect([...rows.values()].join()).toContain('refreshToken'); // serialized
  await connect().personas.get(1);
  expect(requestCount('/api/v1/auth/login')).toBe(1);
  await client.auth.logout();
  expect(rows.size).toBe(0);
});

it('a Keyv with throwOnErrors fails the call when its database fails', async () => {
  const store = Object.assign(new Map(), {
    get: () => Promise.reject(new Error('the database is gone')),
  });
  const tokenStore = new Keyv<TokenPair>({ store, throwOnErrors: true, emitErrors: false });
  const { client } = await setupAuth(ADMIN, {}, { tokenStore });
  await expect(client.personas.get(1)).rejects.toMatchObject({ code: 'unauthenticated' });
});
