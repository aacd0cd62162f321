import { createHmac } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, SignJWT } from 'jose';
import type { AuthOptions, PersonaServiceOptions } from 'persona-client/testing';
import { describe, expect, it } from 'vitest';
import { ADMIN, LOGIN_PATH, REFRESH_PATH, USERS } from '../../support/auth.js';
import { PERSONAS_PATH } from '../../support/personas.js';
import type { Json, Send } from '../../support/sender.js';
import { DIALECTS } from '../../support/service.js';
import { startServiceWithSender, WHOLE_SECOND } from './helpers.js';

const auth: AuthOptions = { users: USERS, secret: 'a secret known to this test, 32b' };

interface TokenPair {
  readonly access_token: string;
  readonly refresh_token: string;
}

async function login(send: Send): Promise<TokenPair> {
  const { body } = await send('POST', LOGIN_PATH, ADMIN);
  return body as unknown as TokenPair;
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** Signs an access token that the service did not issue. */
function forgeToken(key: string, alg = 'HS256'): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({ type: 'access', sub: 'admin', jti: 'forged', iat: now, exp: now + 60 })
    .setProtectedHeader({ alg })
    .sign(new TextEncoder().encode(key));
}

/** Signs any header and any payload with the secret of the service. */
function signToken(header: unknown, payload: unknown, secret = auth.secret ?? ''): string {
  const content = [header, payload]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${content}.${createHmac('sha256', secret).update(content).digest('base64url')}`;
}

/** Returns a token with the signature of another one. */
function changeClaims(): string {
  const [header, , signature] = signToken({ alg: 'HS256' }, { type: 'access', sub: 'ada', jti: 'a' }).split(
    '.',
  );
  const [, payload] = signToken({ alg: 'HS256' }, { type: 'access', sub: 'admin', jti: 'a' }).split('.');
  return [header, payload, signature].join('.');
}

/** Starts a service with a clock that the test advances. */
async function startWithClock(options: PersonaServiceOptions) {
  let nowMs = WHOLE_SECOND;
  const { send } = await startServiceWithSender({ ...options, now: () => nowMs });
  return { send, advanceSeconds: (seconds: number) => (nowMs += seconds * 1000) };
}

describe.each(DIALECTS)('%s without auth', (dialect) => {
  it.each(['login', 'refresh', 'logout'])(
    'fails with 404 in the format of the dialect for /auth/%s',
    async (route) => {
      const { send } = await startServiceWithSender({ dialect });
      const { status, body, text } = await send('POST', `/api/v1/auth/${route}`, ADMIN);
      expect(status).toBe(404);
      if (dialect === 'subresource') expect(body).toEqual({ message: 'Not found', status_code: 404 });
      else expect(text).toContain('<title>404 Not Found</title>');
    },
  );
});

describe.each(DIALECTS)('%s with auth', (dialect) => {
  it('login returns both tokens, and the API accepts the access token', async () => {
    const { send } = await startServiceWithSender({ dialect, auth });
    const { status, body } = await send('POST', LOGIN_PATH, ADMIN);
    expect(status).toBe(200);
    expect(body).toEqual({ access_token: expect.any(String), refresh_token: expect.any(String) });
    expect((await send('GET', PERSONAS_PATH, undefined, bearer(String(body.access_token)))).status).toBe(200);
  });

  it.each([
    { username: 'admin', password: 'wrong' },
    { username: 'unknown', password: ADMIN.password },
    { username: 'constructor', password: ADMIN.password },
  ])('rejects wrong credentials with 401 in the format of the dialect', async (credentials) => {
    const { send } = await startServiceWithSender({ dialect, auth });
    const { status, body } = await send('POST', LOGIN_PATH, credentials);
    expect(status).toBe(401);
    expect(body).toHaveProperty(dialect === 'subresource' ? 'message' : 'error');
  });

  it('rejects a login without a password', async () => {
    const { send } = await startServiceWithSender({ dialect, auth });
    expect((await send('POST', LOGIN_PATH, { username: 'admin' })).status).toBe(400);
  });

  it('requires a token for all routes except /health and login', async () => {
    const { send } = await startServiceWithSender({ dialect, auth });
    expect((await send('GET', '/health')).status).toBe(200);
    const unauthorized = { status: 401, body: { msg: 'Missing Authorization Header' } };
    expect(await send('GET', PERSONAS_PATH)).toMatchObject(unauthorized);
    expect(await send('POST', PERSONAS_PATH, { name: 'x' })).toMatchObject(unauthorized);
    expect(await send('DELETE', `${PERSONAS_PATH}/1`)).toMatchObject(unauthorized);
    expect(await send('POST', REFRESH_PATH)).toMatchObject(unauthorized);
    expect(await send('POST', '/api/v1/auth/logout')).toMatchObject(unauthorized);
    expect((await send('GET', '/nowhere')).status).toBe(404);
  });

  it('issues HS256 tokens with exp, iat, jti, sub, and type, valid for 1 hour and 30 days by default', async () => {
    const { send } = await startServiceWithSender({ dialect, auth, now: () => WHOLE_SECOND });
    const { access_token, refresh_token } = await login(send);
    const iat = WHOLE_SECOND / 1000;
    expect(decodeProtectedHeader(access_token).alg).toBe('HS256');
    const claims = { iat, sub: 'admin', jti: expect.any(String) };
    expect(decodeJwt(access_token)).toEqual({ ...claims, type: 'access', exp: iat + 3600 });
    expect(decodeJwt(refresh_token)).toEqual({ ...claims, type: 'refresh', exp: iat + 30 * 24 * 3600 });
  });

  it('fails with 401 "Token has expired" after the lifetime of an access token', async () => {
    const { send, advanceSeconds } = await startWithClock({
      dialect,
      auth: { ...auth, accessTtlSeconds: 10 },
    });
    const { access_token } = await login(send);
    const get = () => send('GET', PERSONAS_PATH, undefined, bearer(access_token));
    advanceSeconds(9);
    expect((await get()).status).toBe(200);
    advanceSeconds(1);
    expect(await get()).toMatchObject({ status: 401, body: { msg: 'Token has expired' } });
  });

  it('refresh reads the refresh token from the Authorization header, without a body', async () => {
    const { send, advanceSeconds } = await startWithClock({ dialect, auth });
    const { refresh_token } = await login(send);
    advanceSeconds(3600);
    const { status, body } = await send('POST', REFRESH_PATH, undefined, bearer(refresh_token));
    expect(status).toBe(200);
    expect((await send('GET', PERSONAS_PATH, undefined, bearer(String(body.access_token)))).status).toBe(200);
  });

  it('accepts a refresh token only once, even if it is sent twice at the same time', async () => {
    const { send, service } = await startServiceWithSender({ dialect, auth });
    const { refresh_token } = await login(send);
    // In process, so that both requests are verified before either uses the token.
    const refresh = async (token: string) => {
      const response = await service.fetch(`http://x${REFRESH_PATH}`, {
        method: 'POST',
        headers: bearer(token),
      });
      return { status: response.status, body: (await response.json()) as Json };
    };
    const responses = await Promise.all([refresh(refresh_token), refresh(refresh_token)]);
    expect(responses.map(({ status }) => status).sort()).toEqual([200, 401]);
    const revoked = { status: 401, body: { msg: 'Token has been revoked' } };
    expect(responses.find(({ status }) => status === 401)).toMatchObject(revoked);
    expect(await refresh(refresh_token)).toMatchObject(revoked);
    const next = responses.find(({ status }) => status === 200)?.body.refresh_token;
    expect((await refresh(String(next))).status).toBe(200);
  });

  it('rejects an expired refresh token', async () => {
    const { send, advanceSeconds } = await startWithClock({
      dialect,
      auth: { ...auth, refreshTtlSeconds: 60 },
    });
    const { refresh_token } = await login(send);
    advanceSeconds(60);
    const response = await send('POST', REFRESH_PATH, undefined, bearer(refresh_token));
    expect(response).toMatchObject({ status: 401, body: { msg: 'Token has expired' } });
  });

  it('logout revokes only the tokens of its own session', async () => {
    const { send } = await startServiceWithSender({ dialect, auth });
    const [first, second] = [await login(send), await login(send)];
    const { status } = await send('POST', '/api/v1/auth/logout', undefined, bearer(first.access_token));
    expect(status).toBe(200);
    const revoked = { status: 401, body: { msg: 'Token has been revoked' } };
    expect(await send('GET', PERSONAS_PATH, undefined, bearer(first.access_token))).toMatchObject(revoked);
    expect(await send('POST', REFRESH_PATH, undefined, bearer(first.refresh_token))).toMatchObject(revoked);
    expect((await send('GET', PERSONAS_PATH, undefined, bearer(second.access_token))).status).toBe(200);
  });

  it('rejects a token of the wrong type', async () => {
    const { send } = await startServiceWithSender({ dialect, auth });
    const { access_token, refresh_token } = await login(send);
    expect(await send('GET', PERSONAS_PATH, undefined, bearer(refresh_token))).toMatchObject({ status: 422 });
    expect(await send('POST', REFRESH_PATH, undefined, bearer(access_token))).toMatchObject({
      status: 422,
    });
  });

  it('fails with 422 "Signature verification failed" for a forged token', async () => {
    const { send } = await startServiceWithSender({ dialect, auth });
    const response = await send(
      'GET',
      PERSONAS_PATH,
      undefined,
      bearer(await forgeToken('another key, also 32b')),
    );
    expect(response).toMatchObject({ status: 422, body: { msg: 'Signature verification failed' } });
  });

  it('accepts a token that another process signed with the same secret', async () => {
    const { send } = await startServiceWithSender({ dialect, auth });
    const token = await forgeToken(auth.secret ?? '');
    expect((await send('GET', PERSONAS_PATH, undefined, bearer(token))).status).toBe(200);
  });

  it('fails with 422 for an algorithm other than HS256', async () => {
    const { send } = await startServiceWithSender({ dialect, auth });
    const token = await forgeToken(auth.secret ?? '', 'HS512');
    expect((await send('GET', PERSONAS_PATH, undefined, bearer(token))).status).toBe(422);
  });

  it('fails with 422 for an unsigned token', async () => {
    const { send } = await startServiceWithSender({ dialect, auth });
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const token = `${encode({ alg: 'none' })}.${encode({ sub: 'admin', type: 'access', exp: 9e9 })}.`;
    expect((await send('GET', PERSONAS_PATH, undefined, bearer(token))).status).toBe(422);
  });

  const HEADER = { alg: 'HS256' };
  const CLAIMS = { type: 'access', sub: 'admin', jti: 'forged', exp: 9e9 };
  it.each([
    ['a header that is no object', signToken([], CLAIMS), 'Invalid token'],
    ['a header without an algorithm', signToken({}, CLAIMS), 'Invalid token'],
    ['a critical extension', signToken({ ...HEADER, crit: ['exp'] }, CLAIMS), 'Invalid token'],
    ['the algorithm none', signToken({ alg: 'none' }, CLAIMS), 'The specified alg value is not allowed'],
    ['claims that are no object', signToken(HEADER, [CLAIMS]), 'Invalid token'],
    ['an expiry that is no number', signToken(HEADER, { ...CLAIMS, exp: '9000000000' }), 'Invalid token'],
    ['a time in the future', signToken(HEADER, { ...CLAIMS, nbf: 8e9 }), 'Invalid token'],
    ['a subject that is no text', signToken(HEADER, { ...CLAIMS, sub: { admin: true } }), 'Missing claim'],
    ['an id that is no text', signToken(HEADER, { ...CLAIMS, jti: 1 }), 'Missing claim'],
    ['a fourth segment', `${signToken(HEADER, CLAIMS)}.${'a'.repeat(4)}`, 'Invalid token'],
    ['a signature that is no base64', signToken(HEADER, CLAIMS).replace(/[^.]+$/, '!'), 'Invalid token'],
    ['no signature', signToken(HEADER, CLAIMS).replace(/[^.]+$/, ''), 'Signature verification failed'],
    ['the signature of other claims', changeClaims(), 'Signature verification failed'],
  ])('fails with 422 for a token with %s', async (_, token, msg) => {
    const { send } = await startServiceWithSender({ dialect, auth });
    const response = await send('GET', PERSONAS_PATH, undefined, bearer(token));
    expect(response).toMatchObject({ status: 422, body: { msg } });
    const valid = bearer(signToken(HEADER, CLAIMS));
    expect((await send('GET', PERSONAS_PATH, undefined, valid)).status).toBe(200);
  });

  it('fails with 422 "Not enough segments" for text that is not a token', async () => {
    const { send } = await startServiceWithSender({ dialect, auth });
    const response = await send('GET', PERSONAS_PATH, undefined, bearer('opaque'));
    expect(response).toMatchObject({ status: 422, body: { msg: 'Not enough segments' } });
  });

  it.each([
    ['', 401, 'Missing Authorization Header'],
    [
      'Basic YTpi',
      401,
      "Missing 'Bearer' type in 'Authorization' header. Expected 'Authorization: Bearer <JWT>'",
    ],
    ['Bearer', 422, "Bad Authorization header. Expected 'Authorization: Bearer <JWT>'"],
    ['Bearer a b', 422, "Bad Authorization header. Expected 'Authorization: Bearer <JWT>'"],
    ['Bearer a.b.c', 422, 'Invalid header padding'],
  ])('fails for the header "%s" with %i', async (authorization, status, msg) => {
    const { send } = await startServiceWithSender({ dialect, auth });
    const response = await send('GET', PERSONAS_PATH, undefined, { authorization });
    expect(response.status).toBe(status);
    expect(response.body).toEqual({ msg });
  });
});
