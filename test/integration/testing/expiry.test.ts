import { createPersonaService } from 'persona-client/testing';
import { expect, it } from 'vitest';
import { ADMIN, login, USERS } from '../../support/auth.js';
import { DIALECTS, startService } from '../../support/service.js';

const auth = { users: USERS };

it.each(DIALECTS)(
  'expires existing tokens, and accepts the tokens issued afterwards: %s',
  async (dialect) => {
    const { service, connect, requestLines } = await startService({ auth, dialect });
    const client = connect({ auth: ADMIN, dialect });
    await client.personas.get(1);
    const match = { path: '/api/v1/personas/2' };
    service.faults.add({ expireTokens: 'access', match, times: 1 });
    await client.personas.get(2);
    service.faults.add({ expireTokens: 'all', match: { path: '/api/v1/personas/3' }, times: 1 });
    await client.personas.get(3);
    await client.personas.get(4);
    expect(requestLines()).toEqual([
      'POST /api/v1/auth/login',
      'GET /api/v1/personas/1',
      'GET /api/v1/personas/2',
      'POST /api/v1/auth/refresh',
      'GET /api/v1/personas/2',
      'GET /api/v1/personas/3',
      'POST /api/v1/auth/refresh',
      'POST /api/v1/auth/login',
      'GET /api/v1/personas/3',
      'GET /api/v1/personas/4',
    ]);
    expect(service.requests.filter(({ status }) => status !== 200).map(({ status }) => status)).toEqual([
      401, 401, 401,
    ]);
  },
);

it('expires the tokens of other sessions too', async () => {
  const { service, connect } = await startService({ auth });
  const client = connect({ auth: ADMIN });
  const { accessToken } = await login('http://any', ADMIN, service.fetch);
  const headers = { authorization: `Bearer ${accessToken}` };
  expect((await service.fetch('http://any/api/v1/personas/1', { headers })).status).toBe(200);
  service.faults.add({ expireTokens: 'access', times: 1 });
  await client.personas.get(1);
  const rejected = await service.fetch('http://any/api/v1/personas/1', { headers });
  expect([rejected.status, await rejected.json()]).toEqual([401, { msg: 'Token has expired' }]);
});

it('explains why an expireTokens fault is invalid', () => {
  const withoutAuth = createPersonaService();
  expect(() => withoutAuth.faults.add({ expireTokens: 'access' })).toThrow(
    /expireTokens needs authentication/,
  );
  const withAuth = createPersonaService({ auth });
  expect(() => withAuth.faults.add({ expireTokens: true } as never)).toThrow(
    /expireTokens must be 'access' or 'all'/,
  );
  expect(() => withAuth.faults.add({ expireTokens: 'all', status: 500 } as never)).toThrow(/only one kind/);
});
