import { decodeJwt, decodeProtectedHeader, SignJWT } from 'jose';
import type { AuthOptions, PersonaServiceOptions } from 'persona-client/testing';
import { describe, expect, it } from 'vitest';
import { DIALECTS, type Json, type Send, started, WHOLE_SECOND } from './helpers.js';

const PERSONAS = '/api/v1/personas';
const CREDENTIALS = { username: 'admin', password: 'your_password' };
const auth: AuthOptions = { users: { admin: 'your_password' }, secret: 'a secret known to this test, 32b' };

interface Pair {
  readonly access_token: string;
  readonly refresh_token: string;
}

async function login(send: Send): Promise<Pair> {
  const { body } = await send('POST', '/api/v1/auth/login', CREDENTIALS);
  return body as unknown as Pair;
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** An access token that the service did not issue. */
function forged(key: string, alg = 'HS256'): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({ type: 'access', sub: 'admin', jti: 'forged', iat: now, exp: now + 60 })
    .setProtectedHeader({ alg })
    .sign(new TextEncoder().encode(key));
}

/** A service whose time the test moves. */
async function withClock(options: PersonaServiceOptions) {
  let at = WHOLE_SECOND;
  const { send } = await started({ ...options, now: () => at });
  return { send, advanceSeconds: (seconds: number) => (at += seconds * 1000) };
}

describe.each(DIALECTS)('%s without auth', (dialect) => {
  it.each(['login', 'refresh', 'logout'])("answers 404 in the dialect's shape to /auth/%s", async (route) => {
    const { send } = await started({ dialect });
    const { status, body, text } = await send('POST', `/api/v1/auth/${route}`, CREDENTIALS);
    expect(status).toBe(404);
    if (dialect === 'subresource') expect(body).toEqual({ message: 'Not found', status_code: 404 });
    else expect(text).toContain('<title>404 Not Found</title>');
  });
});

describe.each(DIALECTS)('%s with auth', (dialect) => {
  it('login answers both tokens, and the access token opens the API', async () => {
    const { send } = await started({ dialect, auth });
    const { status, body } = await send('POST', '/api/v1/auth/login', CREDENTIALS);
    expect(status).toBe(200);
    expect(body).toEqual({ access_token: expect.any(String), refresh_token: expect.any(String) });
    expect((await send('GET', PERSONAS, undefined, bearer(String(body.access_token)))).status).toBe(200);
  });

  it.each([
    { username: 'admin', password: 'wrong' },
    { username: 'nobody', password: 'your_password' },
    { username: 'constructor', password: 'your_password' },
  ])("refuses wrong credentials with 401 in the dialect's shape", async (credentials) => {
    const { send } = await started({ dialect, auth });
    const { status, body } = await send('POST', '/api/v1/auth/login', credentials);
    expect(status).toBe(401);
    expect(body).toHaveProperty(dialect === 'subresource' ? 'message' : 'error');
  });

  it('refuses a login without a password', async () => {
    const { send } = await started({ dialect, auth });
    expect((await send('POST', '/api/v1/auth/login', { username: 'admin' })).status).toBe(400);
  });

  it('asks for a token everywhere but at /health and login', async () => {
    const { send } = await started({ dialect, auth });
    expect((await send('GET', '/health')).status).toBe(200);
    const refused = { status: 401, body: { msg: 'Missing Authorization Header' } };
    expect(await send('GET', PERSONAS)).toMatchObject(refused);
    expect(await send('POST', PERSONAS, { name: 'x' })).toMatchObject(refused);
    expect(await send('DELETE', `${PERSONAS}/1`)).toMatchObject(refused);
    expect(await send('POST', '/api/v1/auth/refresh')).toMatchObject(refused);
    expect(await send('POST', '/api/v1/auth/logout')).toMatchObject(refused);
    expect((await send('GET', '/nowhere')).status).toBe(404);
  });

  it('issues HS256 tokens with exp, iat, jti, sub and type; 1 h and 30 days by default', async () => {
    const { send } = await started({ dialect, auth, now: () => WHOLE_SECOND });
    const { access_token, refresh_token } = await login(send);
    const iat = WHOLE_SECOND / 1000;
    expect(decodeProtectedHeader(access_token).alg).toBe('HS256');
    const claims = { iat, sub: 'admin', jti: expect.any(String) };
    expect(decodeJwt(access_token)).toEqual({ ...claims, type: 'access', exp: iat + 3600 });
    expect(decodeJwt(refresh_token)).toEqual({ ...claims, type: 'refresh', exp: iat + 30 * 24 * 3600 });
  });

  it('answers 401 {"msg":"Token has expired"} after the access token\'s life', async () => {
    const { send, advanceSeconds } = await withClock({ dialect, auth: { ...auth, accessTtlSeconds: 10 } });
    const { access_token } = await login(send);
    const get = () => send('GET', PERSONAS, undefined, bearer(access_token));
    advanceSeconds(9);
    expect((await get()).status).toBe(200);
    advanceSeconds(1);
    expect(await get()).toMatchObject({ status: 401, body: { msg: 'Token has expired' } });
  });

  it('refresh takes the refresh token in Authorization, without a body', async () => {
    const { send, advanceSeconds } = await withClock({ dialect, auth });
    const { refresh_token } = await login(send);
    advanceSeconds(3600);
    const { status, body } = await send('POST', '/api/v1/auth/refresh', undefined, bearer(refresh_token));
    expect(status).toBe(200);
    expect((await send('GET', PERSONAS, undefined, bearer(String(body.access_token)))).status).toBe(200);
  });

  it('a refresh token is spent by its use, even by two uses at once', async () => {
    const { send, service } = await started({ dialect, auth });
    const { refresh_token } = await login(send);
    // In process, so that both are verified before either is spent.
    const refresh = async (token: string) => {
      const response = await service.fetch('http://x/api/v1/auth/refresh', {
        method: 'POST',
        headers: bearer(token),
      });
      return { status: response.status, body: (await response.json()) as Json };
    };
    const replies = await Promise.all([refresh(refresh_token), refresh(refresh_token)]);
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 401]);
    const revoked = { status: 401, body: { msg: 'Token has been revoked' } };
    expect(replies.find(({ status }) => status === 401)).toMatchObject(revoked);
    expect(await refresh(refresh_token)).toMatchObject(revoked);
    const next = replies.find(({ status }) => status === 200)?.body.refresh_token;
    expect((await refresh(String(next))).status).toBe(200);
  });

  it('a refresh token expires too', async () => {
    const { send, advanceSeconds } = await withClock({ dialect, auth: { ...auth, refreshTtlSeconds: 60 } });
    const { refresh_token } = await login(send);
    advanceSeconds(60);
    const reply = await send('POST', '/api/v1/auth/refresh', undefined, bearer(refresh_token));
    expect(reply).toMatchObject({ status: 401, body: { msg: 'Token has expired' } });
  });

  it('logout revokes the tokens of its login, and only those', async () => {
    const { send } = await started({ dialect, auth });
    const [mine, other] = [await login(send), await login(send)];
    const { status } = await send('POST', '/api/v1/auth/logout', undefined, bearer(mine.access_token));
    expect(status).toBe(200);
    const revoked = { status: 401, body: { msg: 'Token has been revoked' } };
    expect(await send('GET', PERSONAS, undefined, bearer(mine.access_token))).toMatchObject(revoked);
    expect(await send('POST', '/api/v1/auth/refresh', undefined, bearer(mine.refresh_token))).toMatchObject(
      revoked,
    );
    expect((await send('GET', PERSONAS, undefined, bearer(other.access_token))).status).toBe(200);
  });

  it('does not take one type of token for the other', async () => {
    const { send } = await started({ dialect, auth });
    const { access_token, refresh_token } = await login(send);
    expect(await send('GET', PERSONAS, undefined, bearer(refresh_token))).toMatchObject({ status: 422 });
    expect(await send('POST', '/api/v1/auth/refresh', undefined, bearer(access_token))).toMatchObject({
      status: 422,
    });
  });

  it('answers 422 {"msg":"Signature verification failed"} to a forged token', async () => {
    const { send } = await started({ dialect, auth });
    const reply = await send('GET', PERSONAS, undefined, bearer(await forged('another key, also 32b')));
    expect(reply).toMatchObject({ status: 422, body: { msg: 'Signature verification failed' } });
  });

  it('takes a token signed with its secret, as after a restart', async () => {
    const { send } = await started({ dialect, auth });
    const token = await forged(auth.secret ?? '');
    expect((await send('GET', PERSONAS, undefined, bearer(token))).status).toBe(200);
  });

  it('answers 422 to another algorithm than HS256', async () => {
    const { send } = await started({ dialect, auth });
    const token = await forged(auth.secret ?? '', 'HS512');
    expect((await send('GET', PERSONAS, undefined, bearer(token))).status).toBe(422);
  });

  it('answers 422 to an unsigned token', async () => {
    const { send } = await started({ dialect, auth });
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const token = `${part({ alg: 'none' })}.${part({ sub: 'admin', type: 'access', exp: 9e9 })}.`;
    expect((await send('GET', PERSONAS, undefined, bearer(token))).status).toBe(422);
  });

  it('answers 422 {"msg":"Not enough segments"} to what is no token', async () => {
    const { send } = await started({ dialect, auth });
    const reply = await send('GET', PERSONAS, undefined, bearer('opaque'));
    expect(reply).toMatchObject({ status: 422, body: { msg: 'Not enough segments' } });
  });

  it.each([
    ['Basic YTpi', 401],
    ['Bearer', 422],
    ['Bearer a b', 422],
    ['Bearer a.b.c', 422],
  ])('answers %s with %i', async (authorization, status) => {
    const { send } = await started({ dialect, auth });
    const reply = await send('GET', PERSONAS, undefined, { authorization });
    expect(reply.status).toBe(status);
    expect(reply.body).toEqual({ msg: expect.any(String) });
  });
});
