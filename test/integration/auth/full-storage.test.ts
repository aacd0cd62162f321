import type { TokenPair, TokenStore } from 'persona-client';
import { describe, expect, it } from 'vitest';
import { ADMIN, EXPIRED_TOKEN_RESPONSE, REFRESH_PATH, setupAuth } from '../../support/auth.js';

const full = () => {
  throw new Error('the storage is full');
};

/** A store that keeps what it has, and rejects every change from `fill` to `empty`. */
function createStore(failing: readonly ('get' | 'set' | 'delete' | 'lock' | 'lockedGet')[]) {
  const entries = new Map<string, TokenPair>();
  let isFull = false;
  const unless = <T>(name: (typeof failing)[number], work: () => T): T =>
    isFull && failing.includes(name) ? full() : work();
  const store: TokenStore = {
    get: (key) => unless('get', () => entries.get(key)),
    set: async (key, tokens) => unless('set', () => entries.set(key, tokens)),
    delete: async (key) => unless('delete', () => entries.delete(key)),
    lock: async (key, work) =>
      unless('lock', () =>
        work({
          get: () => unless('lockedGet', () => entries.get(key)),
          replace: (tokens) => unless('set', () => tokens !== undefined && Boolean(entries.set(key, tokens))),
        }),
      ),
  };
  return {
    store,
    entries,
    fill: () => {
      isFull = true;
    },
    empty: () => {
      isFull = false;
    },
  };
}

describe.each([
  ['writes fail', ['set', 'delete']],
  ['the lock fails, too', ['set', 'delete', 'lock']],
  ['the read under the lock fails', ['set', 'lockedGet']],
  ['everything fails', ['get', 'set', 'delete', 'lock', 'lockedGet']],
] as const)('a storage that becomes full or blocked: %s', (_, failing) => {
  it.each(['before', 'after'])('%s the login, the session goes on, with one event', async (when) => {
    const { store, fill, empty, entries } = createStore(failing);
    const { client, service, requestCount } = await setupAuth(
      undefined,
      {},
      { tokenStore: store, principal: 'me' },
    );
    const tokenEvents: { action: string; ok: boolean }[] = [];
    client.on('token', (event) => tokenEvents.push(event));
    await client.auth.session();
    if (when === 'before') fill();
    await client.auth.login(ADMIN);
    fill();
    for (let i = 1; i <= 3; i++) {
      service.faults.add({ ...EXPIRED_TOKEN_RESPONSE, times: 1, match: { path: '/api/v1/personas/1' } });
      await client.personas.get(1);
      expect(requestCount(REFRESH_PATH)).toBe(i);
    }
    expect(tokenEvents.filter(({ action }) => action === 'store')).toEqual([{ action: 'store', ok: false }]);
    empty();
    await client.auth.refresh();
    await client.personas.get(1);
    const [stored] = entries.values();
    expect(service.requests.at(-1)?.headers.authorization).toBe(`Bearer ${stored?.accessToken}`);
    fill();
    await client.auth.refresh();
    expect(tokenEvents.filter(({ action }) => action === 'store')).toHaveLength(2);
  });
});
