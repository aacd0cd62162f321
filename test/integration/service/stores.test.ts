import type { PersonaStore } from 'persona-client/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createMemoryStore } from '../../../src/service/store/memory.js';
import { createSqliteStore } from '../../../src/service/store/sqlite.js';
import { WHOLE_SECOND } from './helpers.js';

const IMPLEMENTATIONS = [
  { name: 'memory', create: createMemoryStore },
  { name: 'SQLite', create: (now: () => number) => createSqliteStore(':memory:', now) },
];

const START = WHOLE_SECOND * 1000;
const ALL = { offset: 0, limit: 1000 };

describe.each(IMPLEMENTATIONS)('$name store', ({ create }) => {
  function openStore(now: () => number = () => WHOLE_SECOND): PersonaStore {
    const store = create(now);
    onTestFinished(() => store.close());
    return store;
  }

  it('starts empty', async () => {
    const store = openStore();
    expect(await store.list(ALL)).toEqual({ personas: [], total: 0 });
    expect(await store.get(1)).toBeUndefined();
    expect(await store.delete(1)).toBe(false);
    expect(await store.update(1, { categories: {} })).toBeUndefined();
  });

  it('returns a persona as created', async () => {
    const store = openStore();
    const categories = {
      demographic: { age: 30, latitude: -1.5, city: 'Zürich' },
      behavioral: {
        device_usage: { phone: 'calls' },
        list: ['a', 'ü', '"'],
        nothing: null,
        nested: { n: [1] },
      },
    };
    const created = await store.create({ name: "O'Hara; DROP TABLE personas", categories });
    expect(created).toEqual({
      id: 1,
      name: "O'Hara; DROP TABLE personas",
      createdAt: START,
      updatedAt: START + 1,
      categories: {
        demographic: { id: 1, fields: categories.demographic },
        behavioral: { id: 1, fields: categories.behavioral },
      },
    });
    expect(await store.get(1)).toEqual(created);
    expect(await store.list(ALL)).toEqual({ personas: [created], total: 1 });
  });

  it('uses a later timestamp for every write, even if the clock stops or goes back', async () => {
    let now = WHOLE_SECOND;
    const store = openStore(() => now);
    const { createdAt } = await store.create({ name: 'a', categories: {} });
    now -= 60_000;
    const second = await store.create({ name: 'b', categories: {} });
    const updated = await store.update(1, { categories: {} });
    expect([createdAt, second.createdAt, updated?.updatedAt]).toEqual([START, START + 2, START + 4]);
    expect(updated?.createdAt).toBe(START);
  });

  it('stores microseconds', async () => {
    const store = openStore(() => WHOLE_SECOND + 0.123);
    expect((await store.create({ name: 'a', categories: {} })).createdAt).toBe(START + 123);
  });

  it('merges categories and keeps their row ids', async () => {
    const store = openStore();
    await store.create({ name: 'other', categories: { contextual: { weather: 'fog' } } });
    const contextual = { season: 'fall', weather: 'rain' };
    await store.create({ name: 'a', categories: { contextual, demographic: { city: 'Oslo' } } });
    const updated = await store.update(2, {
      name: 'b',
      categories: { contextual: { weather: 'sun' }, demographic: { age: 3 }, psychographic: { x: 1 } },
    });
    expect(updated).toMatchObject({ name: 'b' });
    expect(updated?.categories).toEqual({
      demographic: { id: 1, fields: { city: 'Oslo', age: 3 } },
      psychographic: { id: 1, fields: { x: 1 } },
      contextual: { id: 2, fields: { season: 'fall', weather: 'sun' } },
    });
    expect(await store.get(2)).toEqual(updated);
    const third = await store.create({ name: 'c', categories: { contextual: {} } });
    expect(third.categories).toEqual({ contextual: { id: 3, fields: {} } });
  });

  it('lists the most recently updated personas first, by offset and limit', async () => {
    const store = openStore();
    for (const name of ['a', 'b', 'c', 'd']) await store.create({ name, categories: {} });
    await store.update(2, { categories: { contextual: { x: 1 } } });
    await store.delete(3);
    const listNames = async (offset: number, limit: number) => {
      const { personas, total } = await store.list({ offset, limit });
      return [total, ...personas.map(({ name }) => name)];
    };
    expect(await listNames(0, 10)).toEqual([3, 'b', 'd', 'a']);
    expect(await listNames(1, 1)).toEqual([3, 'd']);
    expect(await listNames(3, 5)).toEqual([3]);
    expect(await listNames(Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)).toEqual([3]);
  });

  it('deletes a persona with its categories, and gives its id to the next one', async () => {
    const store = openStore();
    await store.create({ name: 'a', categories: { contextual: { x: 1 } } });
    expect(await store.delete(1)).toBe(true);
    expect(await store.delete(1)).toBe(false);
    const next = await store.create({ name: 'b', categories: { contextual: { y: 1 } } });
    expect(next).toMatchObject({ id: 1, categories: { contextual: { fields: { y: 1 } } } });
  });

  it('returns NaN, infinite numbers, long integers and odd demographic values as written', async () => {
    const store = openStore();
    const categories = {
      demographic: { age: 'thirty', latitude: Number.POSITIVE_INFINITY, city: 'a\0b' },
      contextual: { n: Number.NaN, long: 2n ** 70n, Infinity: [-1e300, '\ud800', 1234567890123456] },
    };
    const { id } = await store.create({ name: 'odd', categories });
    const stored = (await store.get(id))?.categories;
    expect(stored?.demographic?.fields).toEqual(categories.demographic);
    expect(stored?.contextual?.fields).toEqual(categories.contextual);
    await store.update(id, { categories: { demographic: { age: 2n ** 60n } } });
    expect((await store.get(id))?.categories.demographic?.fields).toMatchObject({ age: 2n ** 60n });
  });

  it('gives concurrent writes different ids and timestamps', async () => {
    const store = openStore();
    const created = await Promise.all(
      Array.from({ length: 50 }, async (_, index) => store.create({ name: `${index}`, categories: {} })),
    );
    expect(new Set(created.map(({ id }) => id)).size).toBe(50);
    expect(new Set(created.map(({ updatedAt }) => updatedAt)).size).toBe(50);
  });

  it('seeds personas in order, with their timestamps', async () => {
    const store = openStore();
    await store.seed([
      { name: 'old', createdAt: START - 2, categories: { demographic: { age: 1 } } },
      { name: 'new', createdAt: START - 1, categories: {} },
    ]);
    const { personas } = await store.list(ALL);
    expect(personas).toMatchObject([
      { id: 2, name: 'new', createdAt: START - 1, updatedAt: START - 1 },
      { id: 1, name: 'old', createdAt: START - 2, categories: { demographic: { fields: { age: 1 } } } },
    ]);
  });
});
