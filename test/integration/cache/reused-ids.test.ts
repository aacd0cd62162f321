import type { ClientOptions, PersonaClient } from 'persona-client';
import { describe, expect, it, vi } from 'vitest';
import { KEY_SECRET, MemoryStore } from '../../support/cache.js';
import { ListedService } from '../../support/listed-service.js';
import { createTestClient, DIALECTS } from '../../support/service.js';

const source = async (work: Promise<{ meta: { source: string } }>) => (await work).meta.source;

describe.each(DIALECTS)('a persona with the id of a deleted one, %s', (dialect) => {
  /** Creates personas 1 to 3, and a client whose cache contains persona 3, a category of it and a list. */
  async function setup(options: ClientOptions = {}) {
    const service = new ListedService({ dialect });
    for (const name of ['Ada', 'Grace', 'Old']) service.create(name);
    const connect = () => createTestClient({ fetch: service.fetch, dialect, ...options });
    const client = connect();
    await client.personas.list();
    await client.psychographic.get(3);
    expect(await readAll(client)).toEqual(['Old', 'Old', 'Old']);
    return {
      service,
      connect,
      client,
      replace: () => {
        service.delete(3);
        service.create('New');
      },
    };
  }
  /** Reads the name of persona 3 in three ways, with the cache. */
  const readAll = async (client: PersonaClient) => [
    (await client.personas.get(3)).name,
    (await client.psychographic.get(3)).lifestyle,
    (await client.personas.list()).items.find(({ id }) => id === 3)?.name,
  ];

  it.each<[string, (client: PersonaClient) => Promise<unknown>]>([
    ['get', (client) => client.personas.get(3, { cache: 'reload' })],
    ['get without the cache', (client) => client.personas.get(3, { cache: 'no-store' })],
    ['list', (client) => client.personas.list({}, { cache: 'reload' })],
    ['another page', (client) => client.personas.list({ perPage: 5 })],
    ['iterate', (client) => client.personas.toArray()],
    ['a view of another user', (client) => client.as({ token: 'bob' }).personas.get(3)],
  ])('replaces everything that the cache has of the old one: seen by %s', async (_, read) => {
    const { client, replace } = await setup({ allowInsecureAuth: true });
    replace();
    expect(await readAll(client)).toEqual(['Old', 'Old', 'Old']);
    await read(client);
    expect(await readAll(client)).toEqual(['New', 'New', 'New']);
    expect(await source(client.withMeta.psychographic.get(3))).toBe('cache');
    expect(await source(client.withMeta.personas.get(3))).toBe('cache');
    expect(await source(client.withMeta.personas.list())).toBe('cache');
  });

  it('replaces everything that the cache has of the old one: created by this client', async () => {
    const { client, service } = await setup();
    service.delete(3);
    expect(await client.personas.create({ name: 'New' })).toMatchObject({ id: 3 });
    expect(await readAll(client)).toEqual(['New', 'New', 'New']);
  });

  it('has no category of the old one, although the cache never had that persona itself', async () => {
    const { service, connect } = await setup();
    const client = connect();
    await client.psychographic.get(3);
    service.delete(3);
    await client.personas.create({ name: 'New' });
    expect((await client.psychographic.get(3)).lifestyle).toBe('New');
    expect(await source(client.withMeta.personas.get(3))).toBe('cache');
  });

  it('drops what the cache has of a persona that does not exist anymore', async () => {
    const { client, service } = await setup();
    service.delete(3);
    await expect(client.personas.get(3, { cache: 'no-store' })).rejects.toMatchObject({ code: 'not_found' });
    await expect(client.psychographic.get(3)).rejects.toMatchObject({ code: 'not_found' });
    expect((await client.personas.list()).items.map(({ id }) => id)).toEqual([2, 1]);
  });

  it('costs nothing if no id has another owner', async () => {
    const { client, service } = await setup();
    service.touch(3);
    await client.personas.get(3, { cache: 'reload' });
    await client.personas.toArray();
    for (const read of [
      client.withMeta.personas.get(3),
      client.withMeta.psychographic.get(3),
      client.withMeta.personas.list(),
    ])
      expect(await source(read)).toBe('cache');
  });

  it('replaces what other processes have in a shared cache', async () => {
    const store = new MemoryStore();
    const { client, connect, replace } = await setup({ cache: { store, keySecret: KEY_SECRET } });
    await vi.waitFor(() => expect(store.entries.size).toBeGreaterThanOrEqual(3));
    const other = connect();
    expect(await readAll(other)).toEqual(['Old', 'Old', 'Old']);
    replace();
    await client.personas.get(3, { cache: 'reload' });
    await vi.waitFor(async () => expect(await readAll(other)).toEqual(['New', 'New', 'New']));
  });

  it('is recognized among more personas than the cache has entries, as long as the old one is in the cache', async () => {
    const { client, replace, service } = await setup({ cache: { maxEntries: 4 } });
    for (let index = 0; index < 20; index++) service.create('Other');
    await client.personas.toArray();
    service.rows = service.rows.filter(({ id }) => id <= 3);
    replace();
    await client.personas.get(3, { cache: 'reload' });
    expect(await readAll(client)).toEqual(['New', 'New', 'New']);
  });
});
