import { PersonaNotFoundError } from 'persona-client';
import { expect, it } from 'vitest';
import { failureOf } from '../../support/failures.js';
import type { Bench } from '../deployed.js';

/** The cache serves reads, and never hides what its own client wrote. */
export function ownWrites(bench: Bench): void {
  it('a cached persona, its parts and the list show an update at once', async () => {
    const { id } = await bench.create({ name: 'old' });
    const client = bench.connect();
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
    expect(sources).toEqual(['cache', 'network', 'network']); // the update was answered with the persona
  });

  it('what a list, a creation and an update say of a persona is what reading it says', async () => {
    const { id } = await bench.create({ name: 'as read', psychographic: { lifestyle: 'calm' } });
    const client = bench.connect();
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

  it('a cached persona shows the update of a part', async () => {
    const { id } = await bench.create();
    const client = bench.connect();
    await Promise.all([client.personas.get(id), client.demographic.get(id)]);
    const updated = await client.demographic.update(id, { city: 'Toronto' });
    expect((await client.personas.get(id)).demographic).toEqual(updated);
    expect(await client.demographic.get(id)).toEqual(updated);
  });

  it('the cached list shows a creation, and a deletion ends what was cached', async () => {
    const client = bench.connect();
    await client.personas.list({ perPage: 1 });
    const { id } = await client.personas.create({ name: 'brought by another client' });
    const first = async () => (await client.personas.list({ perPage: 1 })).items[0]?.id;
    try {
      expect(await first()).toBe(id);
      await client.personas.get(id);
    } finally {
      await client.personas.delete(id);
    }
    expect(await first()).not.toBe(id);
    await failureOf(PersonaNotFoundError, client.personas.get(id));
  });

  it("a result is the caller's own: changing it changes nobody else's", async () => {
    const { id } = await bench.create({ name: 'mine', psychographic: { interests: ['music'] } });
    const client = bench.connect();
    const together = await Promise.all([client.personas.get(id), client.personas.get(id)]);
    for (const mine of [...together, await client.personas.get(id)]) {
      expect(mine).toMatchObject({ name: 'mine', psychographic: { interests: ['music'] } });
      mine.name = 'changed here';
      mine.psychographic?.interests?.push('changed here');
    }
    const theirs = await client.withMeta.personas.get(id);
    expect(theirs.meta.source).toBe('cache');
    expect(theirs.data).toMatchObject({ name: 'mine', psychographic: { interests: ['music'] } });
  });
}
