import type { Persona } from 'persona-client';
import { expect, it } from 'vitest';
import type { Bench } from '../deployed.js';

/** However many personas others have: some ten pages of them, and ours on more than one. */
async function shelf(bench: Bench): Promise<{ perPage: number; created: Persona[] }> {
  const { total } = await bench.connect().personas.list({ perPage: 1 });
  const perPage = Math.min(100, Math.max(3, Math.ceil(total / 10)));
  return { perPage, created: await bench.createMany(perPage + 3) };
}

async function walk(
  bench: Bench,
  perPage: number,
  visit: (persona: Persona, visited: number) => Promise<unknown> | undefined = () => undefined,
): Promise<number[]> {
  const ids: number[] = [];
  for await (const persona of bench.client.personas.iterate({ perPage })) {
    ids.push(persona.id);
    await visit(persona, ids.length);
  }
  return ids;
}

const sorted = (ids: Iterable<number>): number[] => [...ids].sort((a, b) => a - b);

export function iteration(bench: Bench): void {
  it('comes by every persona exactly once', async () => {
    const { perPage, created } = await shelf(bench);
    const ids = await walk(bench, perPage);
    expect(new Set(ids).size).toBe(ids.length);
    expect(created.filter(({ id }) => !ids.includes(id))).toEqual([]);
  });

  it('comes by a persona that an update moves to a page already seen', async () => {
    const { perPage, created } = await shelf(bench);
    const oldest = created.at(-1)?.id ?? 0;
    const ids = await walk(bench, perPage, (_, visited) =>
      visited === 1 ? bench.client.personas.update(oldest, { name: 'contract: moved' }) : undefined,
    );
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toContain(oldest);
  });

  it('comes by every persona although each is deleted on sight', async () => {
    const { perPage, created } = await shelf(bench);
    const ours = new Set(created.map(({ id }) => id));
    const ids = await walk(bench, perPage, ({ id }) =>
      ours.has(id) ? bench.client.personas.delete(id) : undefined,
    );
    expect(sorted(ids.filter((id) => ours.has(id)))).toEqual(sorted(ours));
  });

  it('ends when the loop is left', async () => {
    await bench.createMany(2);
    const walking = bench.client.personas.iterate({ perPage: 1 });
    for await (const _ of walking) break;
    expect(await walking.next()).toEqual({ done: true, value: undefined });
  });
}
