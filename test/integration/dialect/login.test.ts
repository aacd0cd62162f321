import { PersonaAuthenticationError } from 'persona-client';
import { describe, expect, it } from 'vitest';
import { ADMIN, USERS } from '../../support/auth.js';
import { expectRejection } from '../../support/failures.js';
import { DIALECTS, startService } from '../../support/service.js';

describe.each(DIALECTS)('a service without authentication: %s', (dialect) => {
  it('rejects a login with auth_unsupported', async () => {
    const { connect, requestLines } = await startService({ dialect });
    const error = await expectRejection(PersonaAuthenticationError, connect().auth.login(ADMIN));
    expect(error).toMatchObject({ code: 'auth_unsupported', status: 404 });
    expect(error.message).toMatch(/does not offer authentication/);
    expect(error.message).toMatch(/Remove `auth` from the client options/);
    expect(JSON.stringify(error)).not.toContain(ADMIN.password);
    expect(requestLines()).toEqual(['POST /api/v1/auth/login']);
  });

  it('rejects a call that has to log in first with auth_unsupported', async () => {
    const { connect, requestLines } = await startService({ dialect });
    const client = connect({ auth: ADMIN });
    const error = await expectRejection(PersonaAuthenticationError, client.personas.get(1));
    expect(error).toMatchObject({ code: 'auth_unsupported', status: 404 });
    expect(error.message).toMatch(/^personas\.get .*could not be sent.*does not offer authentication/);
    expect(requestLines()).toEqual(['POST /api/v1/auth/login']);
  });

  it('ignores a token', async () => {
    const { connect } = await startService({ dialect });
    expect(await connect({ auth: { token: 'unused' } }).personas.get(1)).toHaveProperty('id', 1);
  });
});

describe.each(DIALECTS)('a service with authentication: %s', (dialect) => {
  const auth = { users: USERS };

  it('rejects a wrong password with credentials_rejected', async () => {
    const { connect } = await startService({ dialect, auth });
    const login = connect().auth.login({ ...ADMIN, password: 'wrong' });
    const error = await expectRejection(PersonaAuthenticationError, login);
    expect(error).toMatchObject({ code: 'credentials_rejected', status: 401 });
    expect(error.message).not.toContain('wrong');
  });

  it('rejects a call without a token with unauthenticated', async () => {
    const { connect } = await startService({ dialect, auth });
    const error = await expectRejection(PersonaAuthenticationError, connect().psychographic.get(1));
    expect(error).toMatchObject({ code: 'unauthenticated', status: 401 });
  });

  it('accepts calls after login, and rejects them after logout', async () => {
    const { connect } = await startService({ dialect, auth });
    const client = connect();
    await client.auth.login(ADMIN);
    expect(await client.demographic.get(1)).toHaveProperty('city');
    await client.auth.logout();
    await expectRejection(PersonaAuthenticationError, client.demographic.get(1));
  });
});
