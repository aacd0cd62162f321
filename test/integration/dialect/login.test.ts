import { PersonaAuthenticationError } from 'persona-client';
import { describe, expect, it } from 'vitest';
import { failureOf } from '../../support/failures.js';
import { DIALECTS, serve } from '../../support/service.js';

const CREDENTIALS = { username: 'admin', password: 'hunter2' };

describe.each(DIALECTS)('a service without authentication: %s', (dialect) => {
  it('answers a login with an error that says so', async () => {
    const { connect, asked } = await serve({ dialect });
    const error = await failureOf(PersonaAuthenticationError, connect().auth.login(CREDENTIALS));
    expect(error).toMatchObject({ code: 'auth_unsupported', status: 404 });
    expect(error.message).toMatch(/does not offer authentication/);
    expect(error.message).toMatch(/leave out `auth`/);
    expect(JSON.stringify(error)).not.toContain(CREDENTIALS.password);
    expect(asked()).toEqual(['POST /api/v1/auth/login']);
  });

  it('and so it does a call that would have to sign in', async () => {
    const { connect, asked } = await serve({ dialect });
    const client = connect({ auth: CREDENTIALS });
    const error = await failureOf(PersonaAuthenticationError, client.personas.get(1));
    expect(error).toMatchObject({ code: 'auth_unsupported', status: 404 });
    expect(error.message).toMatch(/^personas\.get .*could not be sent.*does not offer authentication/);
    expect(asked()).toEqual(['POST /api/v1/auth/login']);
  });

  it('takes a token without looking at it', async () => {
    const { connect } = await serve({ dialect });
    expect(await connect({ auth: { token: 'left-over' } }).personas.get(1)).toHaveProperty('id', 1);
  });
});

describe.each(DIALECTS)('a service with authentication: %s', (dialect) => {
  const auth = { users: { [CREDENTIALS.username]: CREDENTIALS.password } };

  it('refuses a wrong password as such', async () => {
    const { connect } = await serve({ dialect, auth });
    const login = connect().auth.login({ ...CREDENTIALS, password: 'wrong' });
    const error = await failureOf(PersonaAuthenticationError, login);
    expect(error).toMatchObject({ code: 'credentials_rejected', status: 401 });
    expect(error.message).not.toContain('wrong');
  });

  it('refuses a call without a token as such, not as a missing persona', async () => {
    const { connect } = await serve({ dialect, auth });
    const error = await failureOf(PersonaAuthenticationError, connect().psychographic.get(1));
    expect(error).toMatchObject({ code: 'unauthenticated', status: 401 });
  });

  it('serves who signed in, and nobody after the logout', async () => {
    const { connect } = await serve({ dialect, auth });
    const client = connect();
    await client.auth.login(CREDENTIALS);
    expect(await client.demographic.get(1)).toHaveProperty('city');
    await client.auth.logout();
    await failureOf(PersonaAuthenticationError, client.demographic.get(1));
  });
});
