import { inspect } from 'node:util';
import { PersonaAbortError, type PersonaClient, type TokenPair } from 'persona-client';
import { describe, expect, it, vi } from 'vitest';
import { ADMIN, BOB, login, tokenSubject, USERS } from '../../support/auth.js';
import { catchError } from '../../support/failures.js';
import { NO_BACKOFF, startService } from '../../support/service.js';

async function setup(options: Parameters<typeof startService>[0] = { auth: { users: USERS } }) {
  const started = await startService({ seed: 5, ...options });
  return {
    ...started,
    callers: () =>
      started.service.requests
        .filter(({ path }) => path.startsWith('/api/v1/personas'))
        .map(({ headers }) => tokenSubject(headers.authorization)),
  };
}

describe('an identity view', () => {
  it('uses its own token, and does not change the one of the client', async () => {
    const { connect, callers } = await setup();
    const client = connect({ auth: ADMIN, cache: false });
    const other = client.as(BOB);
    await client.personas.get(1);
    await other.personas.get(1);
    await client.personas.get(1);
    expect(callers()).toEqual(['admin', 'bob', 'admin']);
    await other.auth.logout();
    expect(await other.auth.session()).toMatchObject({ isLoggedIn: false });
    expect(await client.auth.session()).toMatchObject({ isLoggedIn: true });
  });

  it('logs in without logging in the client', async () => {
    const { connect, callers, url } = await setup();
    const client = connect({ cache: false });
    const { accessToken } = await login(url);
    const view = client.as({ token: accessToken });
    await view.auth.login(BOB);
    await view.personas.get(1);
    expect(callers()).toEqual(['bob']);
    await expect(client.personas.get(1)).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('never serves data that another identity has read', async () => {
    const { connect, callers } = await setup();
    const client = connect({ auth: ADMIN });
    const other = client.as(BOB);
    for (const caller of [client, other, client, other]) await caller.personas.get(1);
    expect(callers()).toEqual(['admin', 'bob']);
    expect((await other.withMeta.personas.get(1)).meta.source).toBe('cache');
  });

  it('does not share a read in flight with another identity', async () => {
    const { connect, callers } = await setup();
    const client = connect({ auth: ADMIN });
    const other = client.as(BOB);
    await Promise.all([client.personas.get(2), other.personas.get(2)]);
    expect(callers()).toHaveLength(2);
    await Promise.all([client, other, client, other].map((caller) => caller.personas.get(1)));
    expect(callers().slice(2).sort()).toEqual(['admin', 'bob']);
  });

  it('shares cached data with the same credential or principal, but not for getToken', async () => {
    const { connect, url, callers } = await setup();
    const client = connect();
    const { accessToken: token } = await login(url);
    const sourceFor = async (view: typeof client) => (await view.withMeta.personas.get(1)).meta.source;
    expect(await sourceFor(client.as({ token }))).toBe('network');
    expect(await sourceFor(client.as({ token }))).toBe('cache');
    expect(await sourceFor(client.as({ token }, { principal: 'ann' }))).toBe('network');
    expect(await sourceFor(client.as({ getToken: () => token }, { principal: 'ann' }))).toBe('cache');
    expect(await sourceFor(client.as({ getToken: () => token }))).toBe('network');
    expect(await sourceFor(client.as({ getToken: () => token }))).toBe('network');
    expect(callers()).toHaveLength(4);
  });

  it('is identified by user name and password, so that a user name alone reads nothing', async () => {
    const { connect } = await setup();
    const client = connect({ auth: ADMIN });
    await client.personas.get(1);
    const impostor = client.as({ ...ADMIN, password: 'guessed' });
    await expect(impostor.personas.get(1)).rejects.toMatchObject({ code: 'credentials_rejected' });
  });

  it('is identified by its whole token, not by the claims in it', async () => {
    const { connect, url } = await setup();
    const { accessToken } = await login(url);
    const client = connect({ auth: { token: accessToken } });
    await client.personas.get(1);
    const [head, claims] = accessToken.split('.');
    const forged = client.as({ token: `${head}.${claims}.${'A'.repeat(43)}` });
    expect(tokenSubject(accessToken)).toBe(tokenSubject(`${head}.${claims}`));
    await expect(forged.personas.get(1)).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('invalidates the cached data of other identities when it writes', async () => {
    const { connect } = await setup();
    const client = connect({ auth: ADMIN });
    const other = client.as(BOB);
    await client.personas.get(1);
    await other.personas.update(1, { name: 'Changed by Bob' });
    expect((await client.personas.get(1)).name).toBe('Changed by Bob');
  });

  it('clears only its own cached data at logout', async () => {
    const { connect, callers } = await setup();
    const client = connect({ auth: ADMIN });
    const other = client.as(BOB, { principal: 'bob' });
    await client.personas.get(1);
    await other.personas.get(1);
    await other.auth.logout();
    await client.personas.get(1);
    await client.as(BOB, { principal: 'bob' }).personas.get(1);
    expect(callers()).toEqual(['admin', 'bob', 'bob']);
  });

  it('shares the circuit breaker of the client', async () => {
    const { connect, service } = await setup({});
    const client = connect({ breaker: { failMax: 1 }, retry: false });
    service.faults.add({ status: 503, times: 1 });
    await client.personas.get(1).catch(() => {});
    const view = client.as({ token: 'any' });
    expect(view.circuit).toBe('open');
    await expect(view.personas.get(1)).rejects.toMatchObject({ code: 'circuit_open' });
    expect(service.requests).toHaveLength(1);
  });

  it('shares the concurrency limit of the client', async () => {
    let inFlight = 0;
    let maxInFlight = 0;
    const { connect } = await setup({});
    const client = connect({
      concurrency: 2,
      cache: false,
      dialect: 'subresource',
      fetch: async (...request) => {
        maxInFlight = Math.max(maxInFlight, ++inFlight);
        return fetch(...request).finally(() => inFlight--);
      },
    });
    const views = ['a', 'b', 'c', 'd', 'e', 'f'].map((token) => client.as({ token }));
    await Promise.all(views.map((view) => view.personas.get(1)));
    expect(maxInFlight).toBe(2);
  });

  it('emits events to the listeners of the client', async () => {
    const { connect } = await setup({});
    const client = connect({ retry: NO_BACKOFF });
    const calls: string[] = [];
    client.on('request', ({ call }) => calls.push(call));
    await client.as({ token: 'any' }).personas.get(1);
    expect(calls).toEqual(['personas.get']);
  });

  it.each([
    ['closed', (view: PersonaClient) => view.close()],
    ['closed with the client', (_view: PersonaClient, client: PersonaClient) => client.close()],
  ])(
    'removes its listeners after it was %s, once they have received the ends of its calls',
    async (_, close) => {
      const { connect, service } = await setup({});
      const client = connect();
      const view = client.as({ token: 'x' });
      const ends = { client: [] as string[], view: [] as string[] };
      client.on('callEnd', ({ call }) => ends.client.push(call));
      view.on('callEnd', ({ call }) => ends.view.push(call));
      const unsubscribe = view.on('callEnd', () => expect.fail('removed'));
      unsubscribe();
      service.faults.add({ stall: true, times: 1 });
      const pending = catchError(view.personas.get(1));
      await vi.waitFor(() => expect(service.requests).toHaveLength(1));
      close(view, client);
      expect(await pending).toBeInstanceOf(PersonaAbortError);
      expect(ends).toEqual({ client: ['personas.get'], view: ['personas.get'] });
      unsubscribe();
      await new Promise(setImmediate);
      await catchError(client.personas.get(2));
      view.on('callEnd', ({ call }) => ends.view.push(`late ${call}`));
      await new Promise(setImmediate);
      await catchError(client.personas.get(3));
      expect(ends.view).toEqual(['personas.get']);
      expect(ends.client).toHaveLength(3);
    },
  );

  it('aborts only its own calls when closed, and is closed with the client', async () => {
    const { connect, service } = await setup({});
    service.faults.add({ stall: true });
    const client = connect();
    const [one, two] = [client.as({ token: 'one' }), client.as({ token: 'two' })];
    const calls = [client, one, two].map((caller) => catchError(caller.personas.get(1)));
    await vi.waitFor(() => expect(service.requests).toHaveLength(3));
    one.close();
    expect(await calls[1]).toBeInstanceOf(PersonaAbortError);
    await expect(one.personas.get(1)).rejects.toBeInstanceOf(PersonaAbortError);
    client.close();
    expect(await calls[0]).toBeInstanceOf(PersonaAbortError);
    expect(await calls[2]).toBeInstanceOf(PersonaAbortError);
    await expect(client.as({ token: 'three' }).personas.get(1)).rejects.toBeInstanceOf(PersonaAbortError);
  });

  it('continues when another view that shares its read is closed', async () => {
    const { connect, service } = await setup();
    const client = connect();
    const [one, two] = [client.as(BOB), client.as(BOB)];
    service.faults.add({ delayMs: 100, times: 1, match: { path: '/api/v1/auth/login' } });
    const [first, second] = [catchError(one.personas.get(1)), two.personas.get(1)];
    await vi.waitFor(() => expect(service.requests.length).toBeGreaterThan(0));
    one.close();
    expect(await first).toBeInstanceOf(PersonaAbortError);
    await expect(second).resolves.toMatchObject({ id: 1 });
  });

  it('uses the token store only with a principal, so that a user name alone loads no tokens', async () => {
    const tokenStore = new Map<string, TokenPair>();
    const { connect, service } = await setup();
    const client = connect({ tokenStore });
    await client.as(BOB, { principal: 'bob' }).personas.get(1);
    expect([...tokenStore.keys()]).toEqual([expect.stringMatching(/:bob$/)]);
    const logins = () => service.requests.filter(({ path }) => path.endsWith('/auth/login')).length;
    await client
      .as({ ...BOB, password: 'guessed' })
      .personas.get(1)
      .catch(() => {});
    expect(logins()).toBe(2);
    await client.as({ ...BOB, password: 'unknown' }, { principal: 'bob' }).personas.get(2);
    expect(logins()).toBe(2);
  });

  it('of a view is a view of the client', async () => {
    const { connect, callers } = await setup();
    const client = connect({ auth: ADMIN, cache: false });
    const nestedView = client.as(BOB).as(ADMIN);
    await nestedView.personas.get(1);
    expect(callers()).toEqual(['admin']);
    client.close();
    await expect(nestedView.personas.get(1)).rejects.toBeInstanceOf(PersonaAbortError);
  });

  it('rejects invalid credentials and unknown options', async () => {
    const { connect } = await setup({});
    const client = connect();
    for (const auth of [undefined, {}, { token: 'two words' }, { username: 'x' }])
      expect(() => client.as(auth as never)).toThrow(/^PersonaClient\.as: invalid options: auth/);
    expect(() => client.as({ token: 'x' }, { tokens: 1 } as never)).toThrow(/tokens: is not known/);
    expect(() => client.as({ token: 'x' }, { principal: '' })).toThrow(/principal/);
  });

  it('shows no credential in inspect', async () => {
    const { connect } = await setup({});
    const view = connect().as({ token: 'secret-token' }, { principal: 'someone' });
    expect(inspect(view, { depth: 10, showHidden: true })).not.toMatch(/secret-token|someone/);
  });
});

describe('a call', () => {
  it('is not retried as another identity after a login', async () => {
    const { connect, service, callers } = await setup();
    let onLoggedIn: () => void = () => {};
    const loggedIn = new Promise<void>((resolve) => {
      onLoggedIn = resolve;
    });
    const client = connect({
      auth: ADMIN,
      retry: NO_BACKOFF,
      fetch: async (...request) => {
        const response = await fetch(...request);
        if (response.status === 503) await loggedIn;
        return response;
      },
    });
    service.faults.add({ status: 503, match: { path: '/api/v1/personas/1' } });
    const update = catchError(client.personas.update(1, { name: 'By the admin' }));
    await vi.waitFor(() => expect(callers()).toHaveLength(1));
    await client.auth.login(BOB);
    onLoggedIn();
    expect(await update).toMatchObject({ code: 'unauthenticated', attempts: 1, maybeApplied: true });
    expect(callers()).toEqual(['admin']);
  });
});
