import v8 from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { PersonaClient, TokenPair, TokenStore } from 'persona-client';
import { describe, expect, it } from 'vitest';
import { ADMIN, setupAuth } from '../../support/auth.js';

v8.setFlagsFromString('--expose-gc');
const gc: () => void = runInNewContext('gc');

const VIEWS = 50;
const principal = 'admin';

/** Counts the views that are still reachable after their end. */
async function countReachable(client: PersonaClient, endView: (view: PersonaClient) => Promise<void>) {
  const refs: WeakRef<object>[] = [];
  for (let i = 0; i < VIEWS; i++) {
    const view = client.as(ADMIN, { principal });
    await view.personas.get(1);
    await endView(view);
    refs.push(new WeakRef(view));
  }
  for (let round = 0; round < 5; round++) {
    await new Promise(setImmediate);
    gc();
  }
  return refs.filter((ref) => ref.deref()).length;
}

describe('views with a token store and a principal are garbage', () => {
  const close = async (view: PersonaClient) => view.close();
  it.each([
    ['after close()', close],
    [
      'after logout and close()',
      async (view: PersonaClient) => {
        await view.auth.logout();
        view.close();
      },
    ],
    ['even if they are not closed, because the store cannot be watched', async () => {}],
  ])('%s', async (_, endView) => {
    const { client } = await setupAuth(ADMIN, {}, { tokenStore: new Map<string, TokenPair>() });
    expect(await countReachable(client, endView)).toBeLessThan(VIEWS / 10);
  });

  it('after close(), with listeners that refer to the view', async () => {
    const { client } = await setupAuth(ADMIN, {}, { tokenStore: new Map<string, TokenPair>() });
    const listenAndClose = async (view: PersonaClient) => {
      view.on('callEnd', () => view.circuit);
      view.close();
    };
    expect(await countReachable(client, listenAndClose)).toBeLessThan(VIEWS / 10);
  });

  it('after close(), if the store is watched', async () => {
    const rows = new Map<string, TokenPair>();
    const watchers = new Set<() => void>();
    const tokenStore: TokenStore = {
      get: (key) => rows.get(key),
      set: (key, tokens) => rows.set(key, tokens),
      delete: (key) => rows.delete(key),
      watch: (_key, onChange) => {
        watchers.add(onChange);
        return () => watchers.delete(onChange);
      },
    };
    const { client } = await setupAuth(ADMIN, {}, { tokenStore });
    await client.personas.get(1);
    expect(await countReachable(client, close)).toBeLessThan(VIEWS / 10);
    expect(watchers.size).toBe(1);
  });
});
