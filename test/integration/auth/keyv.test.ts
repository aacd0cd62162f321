import Keyv from 'keyv';
import type { TokenPair, TokenStore } from 'persona-client';
import { expect, it } from 'vitest';
import { credentials, setUp } from '../../support/auth.js';

it('a Keyv is a token store as it is', async () => {
  const rows = new Map<string, string>();
  const tokenStore: TokenStore = new Keyv<TokenPair>({ store: rows, throwOnErrors: true });
  const { connect, sent } = await setUp(credentials, {}, { tokenStore });
  const client = connect();
  await client.personas.get(1);
  expect([...rows.values()].join()).toContain('refreshToken'); // serialised
  await connect().personas.get(1);
  expect(sent('/api/v1/auth/login')).toBe(1);
  await client.auth.logout();
  expect(rows.size).toBe(0);
});

it('a Keyv whose database fails says so, where it is told to throw', async () => {
  const store = Object.assign(new Map(), {
    get: () => Promise.reject(new Error('the database is gone')),
  });
  const tokenStore = new Keyv<TokenPair>({ store, throwOnErrors: true, emitErrors: false });
  const { client } = await setUp(credentials, {}, { tokenStore });
  await expect(client.personas.get(1)).rejects.toMatchObject({ code: 'unauthenticated' });
});
