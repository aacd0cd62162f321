import { PersonaNotFoundError } from 'persona-client';
import { expect, it } from 'vitest';
import { expectRejection } from '../../support/failures.js';
import type { ContractContext } from '../context.js';

/** Cached reads always include the client's own writes. */
export function readYourWrites(context: ContractContext): void {
  it('shows an update in the cached persona, its categories and the list', async () => {
    const { id } = await context.create({ name: 'old' });
    const client = context.connect();
    const reads = () =>
      Promise.all([
        client.withMeta.personas.get(id),
        client.withMeta.psychographic.get(id),
        client.withMeta.personas.list({ perPage: 1 }),
      ]);
    await reads();
    expect((await reads()).map(({ meta }) => meta.source)).toEqual(['cache', 'cache', 'cache']);

    await client.personas.update(id, { name: 'new', psychographic: { lifestyle: 'new' } });
    const [persona, psychographic, list] = await reads();
    expect(persona.data.name).toBe('new');
    expect(psychographic.data.lifestyle).toBe('new');
    expect(list.data.items[0]).toEqual(persona.data);
    const sources = [persona, psychographic, list].map(({ meta }) => meta.source);
    expect(sources).toEqual(['cache', 'network', 'network']); // the update returned the persona
  });

  it('returns the same persona from list, create, update and get', async () => {
    const { id } = await context.create({ name: 'as read', psychographic: { lifestyle: 'calm' } });
    const client = context.connect();
    const read = () => client.personas.get(id, { cache: 'no-store' });
    const created = await read();
    const { items } = await client.personas.list({ perPage: 100 });
    expect(items.find((item) => item.id === id)).toEqual(created);
    expect(await client.personas.update(id, { demographic: { city: 'Oslo' } })).toEqual(await read());
    expect(await client.psychographic.update(id, { lifestyle: 'wild' })).toEqual(
      (await read()).psychographic,
    );
    expect(await client.psychographic.get(id)).toEqual(
      await client.psychographic.get(id, { cache: 'no-store' }),
    );
    expect(await client.personas.get(id)).toEqual(await read());
  });

  it('shows the update of a category in the cached persona', async () => {
    const { id } = await context.create();
    const client = context.connect();
    await Promise.all([client.personas.get(id), client.demographic.get(id)]);
    const updated = await client.demographic.update(id, { city: 'Toronto' });
    expect((await client.personas.get(id)).demographic).toEqual(updated);
    expect(await client.demographic.get(id)).toEqual(updated);
  });

  it('shows a create in the cached list and removes deleted personas from the cache', async () => {
    const client = context.connect();
    await client.personas.list({ perPage: 1 });
    const { id } = await client.personas.create({ name: 'created by another client' });
    const first = async () => (await client.personas.list({ perPage: 1 })).items[0]?.id;
    try {
      expect(await first()).toBe(id);
      await client.personas.get(id);
    } finally {
      await client.personas.delete(id);
    }
    expect(await first()).not.toBe(id);
    await expectRejection(PersonaNotFoundError, client.personas.get(id));
  });

  it('returns copies, so that changing a result does not affect other callers', async () => {
    const { id } = await context.create({ name: 'mine', psychographic: { interests: ['music'] } });
    const client = context.connect();
    const results = await Promise.all([client.personas.get(id), client.personas.get(id)]);
    for (const persona of [...results, await client.personas.get(id)]) {
      expect(persona).toMatchObject({ name: 'mine', psychographic: { interests: ['music'] } });
      persona.name = 'changed here';
      persona.psychographic?.interests?.push('changed here');
    }
    const cached = await client.withMeta.personas.get(id);
    expect(cached.meta.source).toBe('cache');
    expect(cached.data).toMatchObject({ name: 'mine', psychographic: { interests: ['music'] } });
  });
}
