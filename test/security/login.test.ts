import { inspect } from 'node:util';
import {
  PersonaAuthenticationError,
  PersonaClient,
  PersonaError,
  PersonaValidationError,
} from 'persona-client';
import { expireTokens } from 'persona-client/testing';
import { describe } from 'vitest';
import {
  ADMIN,
  BOB,
  EXPIRED_TOKEN_RESPONSE,
  LOGIN_PATH,
  REFRESH_PATH,
  tokenSubject,
} from '../support/auth.js';
import { catchError } from '../support/failures.js';
import { ResponseGate } from '../support/response-gate.js';
import { createUserService, TOKEN_KINDS, type TokenKind } from '../support/user-service.js';
import { AttackTally, attack } from './attack.js';
import { ServiceFixture } from './service-fixture.js';

describe('a login', () => {
  attack('rejects hostile responses, and works afterwards', async () => {
    const tally = new AttackTally();
    const access_token = 'aaa.bbb.ccc';
    const jsonBodies: unknown[] = [
      null,
      [],
      'text',
      0,
      {},
      { access_token: null },
      { access_token: 1 },
      { access_token: '' },
      { access_token: {} },
      { access_token: [access_token] },
      { access_token: 'a b' },
      { access_token: 'a\r\nX-Evil: 1' },
      { access_token: 'ä' },
      { access_token, refresh_token: 1 },
      { access_token, refresh_token: 'a\nb' },
      { access_token, refresh_token: { toString: 'x' } },
      { constructor: { access_token } },
      { error: 'invalid_grant' },
    ];
    const rawBodies = [
      '',
      '{',
      '<h1>Welcome</h1>',
      '{"__proto__":{"access_token":"aaa.bbb.ccc"}}',
      '['.repeat(100_000),
    ];
    for (const body of [...jsonBodies.map((value) => JSON.stringify(value)), ...rawBodies])
      for (const status of [200, 201, 204, 206, 299]) {
        await using fixture = new ServiceFixture();
        const client = fixture.connect({ auth: undefined as never });
        fixture.service.faults.add({
          status,
          body: status === 204 ? '' : body,
          match: { path: LOGIN_PATH },
          times: 1,
        });
        const error = await catchError(client.auth.login(ADMIN));
        tally.check(error instanceof PersonaError, () => `${status} ${body.slice(0, 80)}: ${inspect(error)}`);
        tally.check(!(await client.auth.session()).isLoggedIn, () => `logged in by ${body.slice(0, 80)}`);
        tally.check((await catchError(client.auth.login(ADMIN))) === undefined, 'the next login fails');
      }
    return tally;
  });

  attack('is not repeated for a validation error with 422', async () => {
    const tally = new AttackTally();
    const bodies = [
      '{"message":"Bad","errors":{"msg":["x"]}}',
      '{"error":"msg"}',
      '{"detail":[{"msg":"x"}]}',
      '',
      'msg',
    ];
    for (const body of bodies) {
      await using fixture = new ServiceFixture();
      const client = fixture.connect();
      await client.personas.get(1);
      fixture.service.faults.add({ status: 422, body, match: { method: 'PUT' } });
      const error = await catchError(client.personas.update(1, { name: 'Ada' }));
      tally.check(error instanceof PersonaValidationError, () => `${body}: ${String(error)}`);
      tally.check(
        fixture.countRequests(REFRESH_PATH) === 0 && fixture.countRequests(LOGIN_PATH) === 1,
        `${body}: the client requested tokens`,
      );
    }
    for (const msg of ['Signature verification failed', 'Not enough segments', 'Invalid token']) {
      await using fixture = new ServiceFixture();
      const client = fixture.connect();
      await client.personas.get(1);
      fixture.service.faults.add({ status: 422, body: JSON.stringify({ msg }), match: { method: 'PUT' } });
      const error = await catchError(client.personas.update(1, { name: 'Ada' }));
      tally.check(error instanceof PersonaAuthenticationError, () => `${msg}: ${String(error)}`);
      tally.check(
        fixture.countRequests(REFRESH_PATH) === 1,
        `${msg}: ${fixture.countRequests(REFRESH_PATH)} refreshes`,
      );
    }
    return tally;
  });
});

describe('another user of the same client', () => {
  attack('gets nothing that the previous user has read, whatever the tokens from getToken are', async () => {
    const tally = new AttackTally();
    for (const kind of Object.keys(TOKEN_KINDS) as TokenKind[])
      for (const trigger of ['401', 'refresh'] as const)
        for (const cache of [{}, { ttlMs: 1, staleWhileRevalidateMs: 60_000 }]) {
          const service = createUserService(kind);
          let user = 'alice';
          const { fetch, issue } = service;
          const auth = { getToken: () => issue(user) };
          using client = new PersonaClient({ fetch, auth, cache, dialect: 'subresource', retry: false });
          for (const id of [1, 2]) await client.personas.get(id);
          await client.personas.list();
          const { reached, release } = service.hold(/PUT/);
          const write = catchError(client.personas.update(1, { name: 'By Alice' }));
          await reached;
          user = 'bob';
          service.expireTokens();
          await (trigger === '401' ? client.personas.get(3) : client.auth.refresh());
          release(Response.json({ msg: 'Token has expired' }, { status: 401 }));
          await write;
          const seen = [
            await client.personas.get(1),
            await client.personas.get(2, { cache: { ttlMs: 60_000 } }),
            ...(await client.personas.list()).items,
          ];
          for (const { name } of seen)
            tally.check(name === 'seen by bob', () => `${kind}, ${trigger}: Bob got "${name}"`);
          tally.check(
            !service.sent.some((line) => line.startsWith('bob: PUT')),
            () => `${kind}, ${trigger}: Alice's write was sent as Bob`,
          );
        }
    return tally;
  });

  attack('does not send a pending call with the token of the new user', async () => {
    const tally = new AttackTally();
    for (const change of ['login', 'logout', 'both'] as const)
      for (const status of [401, 503, 200]) {
        await using fixture = new ServiceFixture();
        const gate = new ResponseGate(/personas\/1$/);
        const fetch = gate.wrap((...request) => fixture.service.fetch(...request));
        const client = fixture.connect({ fetch, retry: { limit: 2, backoffMs: 0 } });
        await client.personas.get(2);
        const fault = { match: { path: '/api/v1/personas/1' }, times: 1 };
        if (status !== 200) fixture.service.faults.add({ ...EXPIRED_TOKEN_RESPONSE, ...fault, status });
        const call = catchError(client.personas.update(1, { name: 'By admin' }));
        await gate.reached;
        if (change !== 'login') await client.auth.logout();
        if (change !== 'logout') await client.auth.login(BOB);
        gate.open();
        const error = await call;
        const sent = fixture.service.requests.filter(
          ({ path, method }) => path.endsWith('/1') && method === 'PUT',
        );
        for (const { headers } of sent)
          tally.check(
            tokenSubject(headers.authorization) === 'admin',
            () => `sent as ${tokenSubject(headers.authorization)}`,
          );
        const isExpectedToFail = status !== 200;
        tally.check(
          error instanceof PersonaError === isExpectedToFail,
          () => `${change}, ${status}: ${String(error)}`,
        );
      }
    return tally;
  });

  attack('does not show cached data to a forged token', async () => {
    const tally = new AttackTally();
    await using fixture = new ServiceFixture();
    const victim = fixture.connect({ cache: {} });
    await victim.personas.get(1);
    const claims = { sub: 'admin', type: 'access', exp: 4e9, iat: 1 };
    const forgeToken = (header: object) =>
      `${btoa(JSON.stringify(header))}.${btoa(JSON.stringify(claims))}.x`;
    for (const header of [{ alg: 'none' }, { alg: 'HS256' }, {}])
      for (const auth of [{ token: forgeToken(header) }, { getToken: () => forgeToken(header) }]) {
        const error = await catchError(victim.as(auth).personas.get(1));
        tally.check(error instanceof PersonaAuthenticationError, () => `read as ${JSON.stringify(header)}`);
      }
    return tally;
  });

  attack('keeps no password of auth.login', async () => {
    const tally = new AttackTally();
    await using fixture = new ServiceFixture();
    using client = new PersonaClient({ fetch: fixture.service.fetch, cache: false, retry: false });
    for (const tokens of ['access', 'all'] as const) {
      await client.auth.login(ADMIN);
      const before = fixture.countRequests(LOGIN_PATH);
      fixture.service.faults.add(expireTokens(tokens));
      const error = await catchError(client.personas.get(1));
      tally.check((error === undefined) === (tokens === 'access'), () => `${tokens}: ${error}`);
      tally.check(fixture.countRequests(LOGIN_PATH) === before, `${tokens}: logged in again`);
      tally.check(!inspect(client, { depth: 20, showHidden: true }).includes(ADMIN.password), 'inspected');
    }
    return tally;
  });

  attack('sends the password only to the login route, and only once', async () => {
    const tally = new AttackTally();
    const sent: { readonly url: string; readonly text: string }[] = [];
    await using fixture = new ServiceFixture();
    const fetch: typeof globalThis.fetch = (input, init) => {
      const headers = JSON.stringify([...new Headers(init?.headers)]);
      sent.push({ url: String(input), text: `${String(input)} ${headers} ${String(init?.body ?? '')}` });
      return fixture.service.fetch(input, init);
    };
    using client = new PersonaClient({ auth: ADMIN, fetch, cache: false });
    await client.personas.list();
    await client.personas.create({ name: 'Ada' });
    await client.auth.refresh();
    for (const status of [301, 302, 303, 307, 308, 500, 503]) {
      const fault = { status, headers: { location: 'https://evil.example/' }, times: 1 };
      fixture.service.faults.add({ ...fault, match: { path: LOGIN_PATH } });
      const before = fixture.countRequests(LOGIN_PATH);
      await catchError(client.auth.login(ADMIN));
      tally.check(fixture.countRequests(LOGIN_PATH) === before + 1, `${status}: sent again`);
    }
    for (const { url, text } of sent)
      tally.check(
        !text.includes(ADMIN.password) || url.endsWith(LOGIN_PATH),
        () => `password sent to ${url}`,
      );
    return tally;
  });
});
