import { expect, it } from 'vitest';
import { microsOf } from '../../support/time.js';
import type { Bench } from '../deployed.js';

export function listing(bench: Bench): void {
  it('begins with page 1 of 20 rows', async () => {
    const [newest] = await bench.createMany(1);
    const page = await bench.client.personas.list();
    expect(page).toMatchObject({ page: 1, perPage: 20 });
    expect(page.items[0]).toEqual(newest);
  });

  it.each([1, 3, 100, 1000])('tells how many rows a page means when asked for %d', async (perPage) => {
    await bench.createMany(3);
    const page = await bench.client.personas.list({ perPage });
    const meant = bench.dialect === 'subresource' && perPage > 100 ? 20 : perPage;
    expect(page.perPage).toBe(meant);
    expect(page.pages).toBe(Math.ceil(page.total / meant));
    expect(page.items).toHaveLength(Math.min(meant, page.total));
  });

  it('goes on with nextPage, in order, until there is none', async () => {
    const created = await bench.createMany(5);
    const first = await bench.client.personas.list({ perPage: 2 });
    const second = await first.nextPage();
    const third = await second?.nextPage();
    expect([first.page, second?.page, third?.page]).toEqual([1, 2, 3]);
    const walked = [first, second, third].flatMap((page) => page?.items ?? []);
    expect(walked.slice(0, 5)).toEqual(created);

    const last = await bench.client.personas.list({ page: first.pages, perPage: 2 });
    expect(last.items.length).toBeGreaterThan(0);
    expect(await last.nextPage()).toBeUndefined();
  });

  it('goes on by the rows that a page meant, not by those asked for', async () => {
    await bench.createMany(25);
    const first = await bench.client.personas.list({ perPage: 150 });
    const second = await first.nextPage();
    const seen = new Set(first.items.map(({ id }) => id));
    expect(first.total).toBeGreaterThanOrEqual(25);
    expect(second === undefined).toBe(first.total <= first.perPage);
    expect(second?.items.filter(({ id }) => seen.has(id)) ?? []).toEqual([]);
    expect(first.items.length + (second?.items.length ?? 0)).toBe(Math.min(first.total, 2 * first.perPage));
  });

  it('has nothing on a page past the last', async () => {
    const { pages } = await bench.client.personas.list();
    const beyond = await bench.client.personas.list({ page: pages + 1 });
    expect(beyond.items).toEqual([]);
    expect(await beyond.nextPage()).toBeUndefined();
  });

  it('has what was updated last first', async () => {
    const [third, second, first] = await bench.createMany(3);
    if (!first || !second || !third) return expect.fail('three personas were asked for');
    await bench.client.personas.update(first.id, { name: 'contract: updated last' });
    const { items } = await bench.client.personas.list({ perPage: 3 });
    expect(items.map(({ id }) => id)).toEqual([first.id, third.id, second.id]);
    const times = items.map(({ updated_at }) => microsOf(updated_at));
    expect(times).toEqual(times.toSorted((a, b) => b - a));
  });
}
