import type { Persona } from 'persona-client';
import { expect, it } from 'vitest';
import type { ContractContext } from '../context.js';

/** Chooses a page size of about ten pages in total and creates personas on more than one page. */
async function createPages(context: ContractContext): Promise<{ perPage: number; created: Persona[] }> {
  const { total } = await context.connect().personas.list({ perPage: 1 });
  const perPage = Math.min(100, Math.max(3, Math.ceil(total / 10)));
  return { perPage, created: await context.createMany(perPage + 3) };
}

async function iterate(
  context: ContractContext,
  perPage: number,
  visit: (persona: Persona, visited: number) => Promise<unknown> | undefined = () => undefined,
): Promise<number[]> {
  const ids: number[] = [];
  for await (const persona of context.client.personas.iterate({ perPage })) {
    ids.push(persona.id);
    await visit(persona, ids.length);
  }
  return ids;
}

const sorted = (ids: Iterable<number>): number[] => [...ids].sort((a, b) => a - b);

export function iteration(context: ContractContext): void {
  it('yields every persona exactly once', async () => {
    const { perPage, created } = await createPages(context);
    const ids = await iterate(context, perPage);
    expect(new Set(ids).size).toBe(ids.length);
    expect(created.filter(({ id }) => !ids.includes(id))).toEqual([]);
  });

  it('yields a persona that an update moves to an earlier page', async () => {
    const { perPage, created } = await createPages(context);
    const oldest = created.at(-1)?.id ?? 0;
    const ids = await iterate(context, perPage, (_, visited) =>
      visited === 1 ? context.client.personas.update(oldest, { name: 'contract: moved' }) : undefined,
    );
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toContain(oldest);
  });

  it('yields every persona even if each one is deleted immediately', async () => {
    const { perPage, created } = await createPages(context);
    const ownIds = new Set(created.map(({ id }) => id));
    const ids = await iterate(context, perPage, ({ id }) =>
      ownIds.has(id) ? context.client.personas.delete(id) : undefined,
    );
    expect(sorted(ids.filter((id) => ownIds.has(id)))).toEqual(sorted(ownIds));
  });

  it('ends if the loop stops early', async () => {
    await context.createMany(2);
    const iterator = context.client.personas.iterate({ perPage: 1 });
    for await (const _ of iterator) break;
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });
}
