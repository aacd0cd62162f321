import { createPersonaService } from 'persona-client/testing';
import { expect, it } from 'vitest';
import { DIALECTS, serve } from '../../support/service.js';

const USER = { username: 'admin', password: 'secret' };
const auth = { users: { admin: 'secret' } };

it.each(DIALECTS)('tokens expire when told to, and those given then are good: %s', async (dialect) => {
  const { service, connect, asked } = await serve({ auth, dialect });
  const client = connect({ auth: USER, dialect });
  await client.personas.get(1);
  const match = { path: '/api/v1/personas/2' };
  service.faults.add({ expireTokens: 'access', match, times: 1 });
  await client.personas.get(2);
  service.faults.add({ expireTokens: 'all', match: { path: '/api/v1/personas/3' }, times: 1 });
  await client.personas.get(3);
  await client.personas.get(4);
  expect(asked()).toEqual([
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
});

it('other sessions than the client’s own expire too', async () => {
  const { service, connect } = await serve({ auth });
  const client = connect({ auth: USER });
  const login = await service.fetch('http://any/api/v1/auth/login', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(USER),
  });
  const { access_token } = (await login.json()) as { access_token: string };
  const headers = { authorization: `Bearer ${access_token}` };
  expect((await service.fetch('http://any/api/v1/personas/1', { headers })).status).toBe(200);
  service.faults.add({ expireTokens: 'access', times: 1 });
  await client.personas.get(1);
  const refused = await service.fetch('http://any/api/v1/personas/1', { headers });
  expect([refused.status, await refused.json()]).toEqual([401, { msg: 'Token has expired' }]);
});

it('says what is wrong with a fault of this kind', () => {
  const open = createPersonaService();
  expect(() => open.faults.add({ expireTokens: 'access' })).toThrow(/no tokens to expire/);
  const closed = createPersonaService({ auth });
  expect(() => closed.faults.add({ expireTokens: true } as never)).toThrow(/'access' or 'all', not true/);
  expect(() => closed.faults.add({ expireTokens: 'all', status: 500 } as never)).toThrow(/one outcome/);
});
