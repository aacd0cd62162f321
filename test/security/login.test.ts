import { inspect } from 'node:util';
import {
  PersonaAuthenticationError,
  PersonaClient,
  PersonaError,
  PersonaValidationError,
} from 'persona-client';
import { describe } from 'vitest';
import { attack, Tally } from './report.js';
import { ADMIN, Door, EXPIRED, failureOf, LOGIN, REFRESH, World } from './world.js';

const subjectOf = (authorization = '') => JSON.parse(atob(authorization.split('.')[1] ?? 'bnVsbA')).sub;
const USERS = { admin: ADMIN.password, mallory: 'hunter2' };
const MALLORY = { username: 'mallory', password: USERS.mallory };

describe('signing in', () => {
  attack(
    'a login that is answered with something hostile: a client that is signed in, or broken',
    async () => {
      const tally = new Tally();
      const access_token = 'aaa.bbb.ccc';
      const answers: unknown[] = [
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
      const raw = [
        '',
        '{',
        '<h1>Welcome</h1>',
        '{"__proto__":{"access_token":"aaa.bbb.ccc"}}',
        '['.repeat(100_000),
      ];
      for (const body of [...answers.map((one) => JSON.stringify(one)), ...raw])
        for (const status of [200, 201, 204, 206, 299]) {
          await using world = new World();
          const client = world.connect({ auth: undefined as never });
          world.service.faults.add({
            status,
            body: status === 204 ? '' : body,
            match: { path: LOGIN },
            times: 1,
          });
          const error = await failureOf(client.auth.login(ADMIN));
          tally.check(
            error instanceof PersonaError,
            () => `${status} ${body.slice(0, 80)}: ${inspect(error)}`,
          );
          tally.check(!(await client.auth.session()).signedIn, () => `signed in by ${body.slice(0, 80)}`);
          tally.check((await failureOf(client.auth.login(ADMIN))) === undefined, 'the next sign-in fails');
        }
      return tally;
    },
  );

  attack('a validation error with 422 taken for a refused token: a refresh, or a session lost', async () => {
    const tally = new Tally();
    const bodies = [
      '{"message":"Bad","errors":{"msg":["x"]}}',
      '{"error":"msg"}',
      '{"detail":[{"msg":"x"}]}',
      '',
      'msg',
    ];
    for (const body of bodies) {
      await using world = new World();
      const client = world.connect();
      await client.personas.get(1);
      world.service.faults.add({ status: 422, body, match: { method: 'PUT' } });
      const error = await failureOf(client.personas.update(1, { name: 'Ada' }));
      tally.check(error instanceof PersonaValidationError, () => `${body}: ${String(error)}`);
      tally.check(
        world.arrived(REFRESH) === 0 && world.arrived(LOGIN) === 1,
        `${body}: tokens were asked for`,
      );
    }
    for (const msg of ['Signature verification failed', 'Not enough segments', 'Invalid token']) {
      await using world = new World();
      const client = world.connect();
      await client.personas.get(1);
      world.service.faults.add({ status: 422, body: JSON.stringify({ msg }), match: { method: 'PUT' } });
      const error = await failureOf(client.personas.update(1, { name: 'Ada' }));
      tally.check(error instanceof PersonaAuthenticationError, () => `${msg}: ${String(error)}`);
      tally.check(world.arrived(REFRESH) === 1, `${msg}: ${world.arrived(REFRESH)} refreshes`);
    }
    return tally;
  });
});

describe('somebody else in the same client', () => {
  attack('a call of one goes out with the token of who signs in meanwhile', async () => {
    const tally = new Tally();
    for (const meanwhile of ['login', 'logout', 'both'] as const)
      for (const answered of [401, 503, 200]) {
        await using world = new World({ auth: { users: USERS } });
        const door = new Door(/personas\/1$/);
        const fetch = door.after((...request) => world.service.fetch(...request));
        const client = world.connect({ fetch, retry: { limit: 2, backoffMs: 0 } });
        await client.personas.get(2);
        const fault = { match: { path: '/api/v1/personas/1' }, times: 1 };
        if (answered !== 200) world.service.faults.add({ ...EXPIRED, ...fault, status: answered });
        const call = failureOf(client.personas.update(1, { name: 'By admin' }));
        await door.met;
        if (meanwhile !== 'login') await client.auth.logout();
        if (meanwhile !== 'logout') await client.auth.login(MALLORY);
        door.open();
        const error = await call;
        const sent = world.service.requests.filter(
          ({ path, method }) => path.endsWith('/1') && method === 'PUT',
        );
        for (const { headers } of sent)
          tally.check(
            subjectOf(headers.authorization) === 'admin',
            () => `sent as ${subjectOf(headers.authorization)}`,
          );
        const fails = answered !== 200;
        tally.check(
          error instanceof PersonaError === fails,
          () => `${meanwhile}, ${answered}: ${String(error)}`,
        );
      }
    return tally;
  });

  attack('a token that only claims to be somebody: what is cached for them', async () => {
    const tally = new Tally();
    await using world = new World({ auth: { users: USERS } });
    const victim = world.connect({ cache: {} });
    await victim.personas.get(1);
    const claims = { sub: 'admin', type: 'access', exp: 4e9, iat: 1 };
    const forged = (header: object) => `${btoa(JSON.stringify(header))}.${btoa(JSON.stringify(claims))}.x`;
    for (const header of [{ alg: 'none' }, { alg: 'HS256' }, {}])
      for (const auth of [{ token: forged(header) }, { getToken: () => forged(header) }]) {
        const error = await failureOf(victim.as(auth).personas.get(1));
        tally.check(error instanceof PersonaAuthenticationError, () => `read as ${JSON.stringify(header)}`);
      }
    return tally;
  });

  attack('a password sent anywhere but to the login, or sent again', async () => {
    const tally = new Tally();
    const sent: { readonly url: string; readonly text: string }[] = [];
    await using world = new World();
    const fetch: typeof globalThis.fetch = (input, init) => {
      const headers = JSON.stringify([...new Headers(init?.headers)]);
      sent.push({ url: String(input), text: `${String(input)} ${headers} ${String(init?.body ?? '')}` });
      return world.service.fetch(input, init);
    };
    using client = new PersonaClient({ auth: ADMIN, fetch, cache: false });
    await client.personas.list();
    await client.personas.create({ name: 'Ada' });
    await client.auth.refresh();
    for (const status of [301, 302, 303, 307, 308, 500, 503]) {
      const fault = { status, headers: { location: 'https://evil.example/' }, times: 1 };
      world.service.faults.add({ ...fault, match: { path: LOGIN } });
      const before = world.arrived(LOGIN);
      await failureOf(client.auth.login(ADMIN));
      tally.check(world.arrived(LOGIN) === before + 1, `${status}: sent again`);
    }
    for (const { url, text } of sent)
      tally.check(!text.includes(ADMIN.password) || url.endsWith(LOGIN), () => `a password to ${url}`);
    return tally;
  });
});
