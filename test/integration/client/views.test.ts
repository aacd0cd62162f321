import { inspect } from 'node:util';
import { PersonaAbortError, type TokenPair } from 'persona-client';
import { describe, expect, it, vi } from 'vitest';
import { bob, credentials, signIn } from '../../support/auth.js';
import { AT_ONCE, serve } from '../../support/service.js';

const users = { admin: credentials.password, bob: bob.password };
const subjectOf = (bearer = '') => JSON.parse(atob(bearer.split('.')[1] ?? '')).sub;

async function setUp(options: Parameters<typeof serve>[0] = { auth: { users } }) {
  const set = await serve({ seed: 5, ...options });
  return {
    ...set,
    callers: () =>
      set.service.requests
        .filter(({ path }) => path.startsWith('/api/v1/personas'))
        .map(({ headers }) => subjectOf(headers.authorization)),
  };
}

describe('an identity view', () => {
  it('calls with its own token, and leaves the client its own', async () => {
    const { connect, callers } = await setUp();
    const client = connect({ auth: credentials, cache: false });
    const other = client.as(bob);
    await client.personas.get(1);
    await other.personas.get(1);
    await client.personas.get(1);
    expect(callers()).toEqual(['admin', 'bob', 'admin']);
    await other.auth.logout();
    expect(await other.auth.session()).toMatchObject({ signedIn: false });
    expect(await client.auth.session()).toMatchObject({ signedIn: true });
  });

  it('signs in for itself alone', async () => {
    const { connect, callers, url } = await setUp();
    const client = connect({ cache: false });
    const { accessToken } = await signIn(url);
    const view = client.as({ token: accessToken });
    await view.auth.login(bob);
    await view.personas.get(1);
    expect(callers()).toEqual(['bob']);
    await expect(client.personas.get(1)).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('never sees what was read as somebody else', async () => {
    const { connect, callers } = await setUp();
    const client = connect({ auth: credentials });
    const other = client.as(bob);
    for (const one of [client, other, client, other]) await one.personas.get(1);
    expect(callers()).toEqual(['admin', 'bob']);
    expect((await other.withMeta.personas.get(1)).meta.source).toBe('cache');
  });

  it('does not join a read that somebody else has begun', async () => {
    const { connect, callers } = await setUp();
    const client = connect({ auth: credentials });
    const other = client.as(bob);
    await Promise.all([client.personas.get(2), other.personas.get(2)]);
    expect(callers()).toHaveLength(2);
    await Promise.all([client, other, client, other].map((one) => one.personas.get(1)));
    expect(callers().slice(2).sort()).toEqual(['admin', 'bob']);
  });

  it('shares what it reads with those of the same credential or principal, and of getToken with nobody', async () => {
    const { connect, url, callers } = await setUp();
    const client = connect();
    const { accessToken: token } = await signIn(url);
    const sourceFor = async (view: typeof client) => (await view.withMeta.personas.get(1)).meta.source;
    expect(await sourceFor(client.as({ token }))).toBe('network');
    expect(await sourceFor(client.as({ token }))).toBe('cache');
    expect(await sourceFor(client.as({ token }, { principal: 'ann' }))).toBe('network');
    expect(await sourceFor(client.as({ getToken: () => token }, { principal: 'ann' }))).toBe('cache');
    expect(await sourceFor(client.as({ getToken: () => token }))).toBe('network');
    expect(await sourceFor(client.as({ getToken: () => token }))).toBe('network');
    expect(callers()).toHaveLength(4);
  });

  it('is told apart by the password too, so that a user name alone reads nothing', async () => {
    const { connect } = await setUp();
    const client = connect({ auth: credentials });
    await client.personas.get(1);
    const impostor = client.as({ ...credentials, password: 'guessed' });
    await expect(impostor.personas.get(1)).rejects.toMatchObject({ code: 'credentials_rejected' });
  });

  it('is told apart by its token, not by whom a token claims to speak for', async () => {
    const { connect, url } = await setUp();
    const { accessToken } = await signIn(url);
    const client = connect({ auth: { token: accessToken } });
    await client.personas.get(1);
    const [head, claims] = accessToken.split('.');
    const forged = client.as({ token: `${head}.${claims}.${'A'.repeat(43)}` });
    expect(subjectOf(accessToken)).toBe(subjectOf(`${head}.${claims}`));
    await expect(forged.personas.get(1)).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('ends what others have cached when it writes', async () => {
    const { connect } = await setUp();
    const client = connect({ auth: credentials });
    const other = client.as(bob);
    await client.personas.get(1);
    await other.personas.update(1, { name: 'Changed by Bob' });
    expect((await client.personas.get(1)).name).toBe('Changed by Bob');
  });

  it('drops at its sign-out what it has read, and nothing else', async () => {
    const { connect, callers } = await setUp();
    const client = connect({ auth: credentials });
    const other = client.as(bob, { principal: 'bob' });
    await client.personas.get(1);
    await other.personas.get(1);
    await other.auth.logout();
    await client.personas.get(1);
    await client.as(bob, { principal: 'bob' }).personas.get(1);
    expect(callers()).toEqual(['admin', 'bob', 'bob']);
  });

  it('meets the circuit that the client’s calls have opened', async () => {
    const { connect, service } = await setUp({});
    const client = connect({ breaker: { failMax: 1 }, retry: false });
    service.faults.add({ status: 503, times: 1 });
    await client.personas.get(1).catch(() => {});
    const view = client.as({ token: 'any' });
    expect(view.circuit).toBe('open');
    await expect(view.personas.get(1)).rejects.toMatchObject({ code: 'circuit_open' });
    expect(service.requests).toHaveLength(1);
  });

  it('waits in the same queue', async () => {
    let inFlight = 0;
    let most = 0;
    const { connect } = await setUp({});
    const client = connect({
      concurrency: 2,
      cache: false,
      dialect: 'subresource',
      fetch: async (...request) => {
        most = Math.max(most, ++inFlight);
        return fetch(...request).finally(() => inFlight--);
      },
    });
    const views = ['a', 'b', 'c', 'd', 'e', 'f'].map((token) => client.as({ token }));
    await Promise.all(views.map((view) => view.personas.get(1)));
    expect(most).toBe(2);
  });

  it('is heard by the client’s listeners', async () => {
    const { connect } = await setUp({});
    const client = connect({ retry: AT_ONCE });
    const heard: string[] = [];
    client.on('request', ({ call }) => heard.push(call));
    await client.as({ token: 'any' }).personas.get(1);
    expect(heard).toEqual(['personas.get']);
  });

  it('ends its own calls when closed, and with the client', async () => {
    const { connect, service } = await setUp({});
    service.faults.add({ stall: true });
    const client = connect();
    const [one, two] = [client.as({ token: 'one' }), client.as({ token: 'two' })];
    const calls = [client, one, two].map((each) => each.personas.get(1).catch((error) => error));
    await vi.waitFor(() => expect(service.requests).toHaveLength(3));
    one.close();
    expect(await calls[1]).toBeInstanceOf(PersonaAbortError);
    await expect(one.personas.get(1)).rejects.toBeInstanceOf(PersonaAbortError);
    client.close();
    expect(await calls[0]).toBeInstanceOf(PersonaAbortError);
    expect(await calls[2]).toBeInstanceOf(PersonaAbortError);
    await expect(client.as({ token: 'three' }).personas.get(1)).rejects.toBeInstanceOf(PersonaAbortError);
  });

  it('goes on when another view of the same identity, whose read it shares, is closed', async () => {
    const { connect, service } = await setUp();
    const client = connect();
    const [one, two] = [client.as(bob), client.as(bob)];
    service.faults.add({ delayMs: 100, times: 1, match: { path: '/api/v1/auth/login' } });
    const [first, second] = [one.personas.get(1).catch((error) => error), two.personas.get(1)];
    await vi.waitFor(() => expect(service.requests.length).toBeGreaterThan(0));
    one.close();
    expect(await first).toBeInstanceOf(PersonaAbortError);
    await expect(second).resolves.toMatchObject({ id: 1 });
  });

  it('uses the token store under its principal only: a user name that anybody may give brings out nothing', async () => {
    const tokenStore = new Map<string, TokenPair>();
    const { connect, service } = await setUp();
    const client = connect({ tokenStore });
    await client.as(bob, { principal: 'bob' }).personas.get(1);
    expect([...tokenStore.keys()]).toEqual([expect.stringMatching(/:bob$/)]);
    const logins = () => service.requests.filter(({ path }) => path.endsWith('/auth/login')).length;
    await client
      .as({ ...bob, password: 'guessed' })
      .personas.get(1)
      .catch(() => {});
    expect(logins()).toBe(2);
    await client.as({ ...bob, password: 'unknown' }, { principal: 'bob' }).personas.get(2);
    expect(logins()).toBe(2);
  });

  it('of a view is a view of the client', async () => {
    const { connect, callers } = await setUp();
    const client = connect({ auth: credentials, cache: false });
    const again = client.as(bob).as(credentials);
    await again.personas.get(1);
    expect(callers()).toEqual(['admin']);
    client.close();
    await expect(again.personas.get(1)).rejects.toBeInstanceOf(PersonaAbortError);
  });

  it('refuses credentials that cannot be any, and options that do not exist', async () => {
    const { connect } = await setUp({});
    const client = connect();
    for (const auth of [undefined, {}, { token: 'two words' }, { username: 'x' }])
      expect(() => client.as(auth as never)).toThrow(/^PersonaClient\.as: invalid options: auth/);
    expect(() => client.as({ token: 'x' }, { tokens: 1 } as never)).toThrow(/tokens: is not known here/);
    expect(() => client.as({ token: 'x' }, { principal: '' })).toThrow(/principal/);
  });

  it('shows no credential when inspected', async () => {
    const { connect } = await setUp({});
    const view = connect().as({ token: 'secret-token' }, { principal: 'someone' });
    expect(inspect(view, { depth: 10, showHidden: true })).not.toMatch(/secret-token|someone/);
  });
});

describe('a call', () => {
  it('is made as who began it: somebody else’s sign-in ends its retries', async () => {
    const { connect, service, callers } = await setUp();
    let signedIn: () => void = () => {};
    const untilSignedIn = new Promise<void>((resolve) => {
      signedIn = resolve;
    });
    const client = connect({
      auth: credentials,
      retry: AT_ONCE,
      fetch: async (...request) => {
        const answer = await fetch(...request);
        if (answer.status === 503) await untilSignedIn;
        return answer;
      },
    });
    service.faults.add({ status: 503, match: { path: '/api/v1/personas/1' } });
    const update = client.personas.update(1, { name: 'By the admin' }).catch((error) => error);
    await vi.waitFor(() => expect(callers()).toHaveLength(1));
    await client.auth.login(bob);
    signedIn();
    expect(await update).toMatchObject({ code: 'unauthenticated', attempts: 1, maybeApplied: true });
    expect(callers()).toEqual(['admin']);
  });
});
