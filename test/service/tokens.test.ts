import { expect, it } from 'vitest';
import { Refusal } from '../../src/service/dialects/types.js';
import { createTokens } from '../../src/service/tokens.js';

it('gives a pair for a refresh token once, though it was verified twice before', async () => {
  const tokens = createTokens({ users: { admin: 'pw' } }, Date.now);
  const pair = await tokens.login('admin', 'pw');
  const claims = await tokens.verify(`Bearer ${pair?.refresh_token}`, 'refresh');
  const [first, second] = await Promise.allSettled([tokens.rotate(claims), tokens.rotate(claims)]);
  expect(first).toMatchObject({ status: 'fulfilled', value: { access_token: expect.any(String) } });
  expect(second).toMatchObject({ status: 'rejected', reason: expect.any(Refusal) });
});
