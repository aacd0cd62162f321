import { expect, it } from 'vitest';
import { toMicros } from '../../support/time.js';
import type { ContractContext } from '../context.js';

export function listing(context: ContractContext): void {
  it('returns page 1 with 20 rows by default', async () => {
    const [newest] = await context.createMany(1);
    const page = await context.client.personas.list();
    expect(page).toMatchObject({ page: 1, perPage: 20 });
    expect(page.items[0]).toEqual(newest);
  });

  it.each([1, 3, 100, 1000])('reports the page size in use for perPage %d', async (perPage) => {
    await context.createMany(3);
    const page = await context.client.personas.list({ perPage });
    const expected = context.dialect === 'subresource' && perPage > 100 ? 20 : perPage;
    expect(page.perPage).toBe(expected);
    expect(page.pages).toBe(Math.ceil(page.total / expected));
    expect(page.items).toHaveLength(Math.min(expected, page.total));
  });

  it('fetches all pages in order with nextPage', async () => {
    const created = await context.createMany(5);
    const first = await context.client.personas.list({ perPage: 2 });
    const second = await first.nextPage();
    const third = await second?.nextPage();
    expect([first.page, second?.page, third?.page]).toEqual([1, 2, 3]);
    const items = [first, second, third].flatMap((page) => page?.items ?? []);
    expect(items.slice(0, 5)).toEqual(created);

    const last = await context.client.personas.list({ page: first.pages, perPage: 2 });
    expect(last.items.length).toBeGreaterThan(0);
    expect(await last.nextPage()).toBeUndefined();
  });

  it('continues nextPage with the page size in use, not the requested one', async () => {
    await context.createMany(25);
    const first = await context.client.personas.list({ perPage: 150 });
    const second = await first.nextPage();
    const seen = new Set(first.items.map(({ id }) => id));
    expect(first.total).toBeGreaterThanOrEqual(25);
    expect(second === undefined).toBe(first.total <= first.perPage);
    expect(second?.items.filter(({ id }) => seen.has(id)) ?? []).toEqual([]);
    expect(first.items.length + (second?.items.length ?? 0)).toBe(Math.min(first.total, 2 * first.perPage));
  });

  it('returns no items after the last page', async () => {
    const { pages } = await context.client.personas.list();
    const beyond = await context.client.personas.list({ page: pages + 1 });
    expect(beyond.items).toEqual([]);
    expect(await beyond.nextPage()).toBeUndefined();
  });

  it('sorts by the time of the last update, newest first', async () => {
    const [third, second, first] = await context.createMany(3);
    if (!first || !second || !third) return expect.fail('expected three personas');
    await context.client.personas.update(first.id, { name: 'contract: updated last' });
    const { items } = await context.client.personas.list({ perPage: 3 });
    expect(items.map(({ id }) => id)).toEqual([first.id, third.id, second.id]);
    const times = items.map(({ updated_at }) => toMicros(updated_at));
    expect(times).toEqual(times.toSorted((a, b) => b - a));
  });
}
