import { PersonaClient } from 'persona-client';
import { createPersonaService, type Dialect } from 'persona-client/testing';
import { describe, expect, inject, it } from 'vitest';
import { randomFrom } from '../../resilience/faults/support/random.js';
import { DIALECTS } from '../../support/service.js';
import { tell } from '../../resilience/collections/counts.js';

const seeds = inject('seeds') / DIALECTS.length;
const NAMES = ['Ada', 'Grace', 'Joan'];

/** What happened, told by the service's own store of truth: no client's. */
interface History {
  readonly existedThroughout: ReadonlySet<number>;
  readonly yielded: readonly number[];
  readonly complete: boolean;
  readonly scans: number;
  readonly maxScans: number;
  readonly duplicates: number;
  readonly writes: number;
}

/**
 * A walk, and random writes before and after each page is read, until they pause (or do not): creates, updates and deletes of any
 * persona, and by whoever walks of what the walk yields. The oracle keeps the ids that were there from the first request to the last.
 */
async function history(dialect: Dialect, seed: number, pausing: boolean): Promise<History> {
  const { next, below } = randomFrom(seed);
  const service = createPersonaService({ dialect, seed: false });
  /** Who there is, updated last comes last. */
  const ids: number[] = [];
  const api = async (method: string, path: string, body?: object) => {
    const init = body ? { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } } : {};
    const answer = await service.fetch(`http://service/api/v1/personas${path}`, { method, ...init });
    // a page is read ahead while the walk's own writes are under way: one of two can find its persona gone
    if (!answer.ok && answer.status !== 404) throw new Error(`${method} ${path}: ${answer.status}`);
    return answer.json() as Promise<{ id: number }>;
  };
  const create = async () => void ids.push((await api('POST', '', { name: NAMES[below(3)] })).id);
  const update = async (id: number) => {
    ids.push(...ids.splice(ids.indexOf(id), 1));
    await api('PUT', `/${id}`, { name: NAMES[below(3)] });
  };
  const remove = async (id: number) => {
    ids.splice(ids.indexOf(id), 1);
    existedThroughout.delete(id);
    await api('DELETE', `/${id}`);
  };
  for (let count = below(14); count > 0; count--) await create();
  const existedThroughout = new Set(ids);

  let writes = 0;
  let left = pausing ? below(30) : Number.POSITIVE_INFINITY;
  const write = async (): Promise<void> => {
    left--;
    writes++;
    const kind = below(3);
    // what was read last is deleted, and what comes last is moved to the front, more often than by chance: so rows go missing
    const newest = ids.at(-1 - below(2));
    const any = ids[below(ids.length)];
    const oldest = ids[below(2)];
    if (kind === 1 && any !== undefined) await update(next() < 0.5 ? any : (oldest ?? any));
    else if (kind === 2 && any !== undefined) await remove(next() < 0.5 ? any : (newest ?? any));
    else await create();
  };
  const meddle = async () => {
    for (let count = below(pausing ? 4 : 2); count > 0 && left > 0; count--) await write();
    if (!pausing) await create();
  };

  using client = new PersonaClient({
    dialect,
    fetch: async (input, init) => {
      await meddle();
      const answer = await service.fetch(input as string, init);
      await meddle();
      return answer;
    },
  });
  const own = below(4);
  const yielded: number[] = [];
  const maxScans = pausing ? 40 : 1 + below(3);
  const walk = client.personas.iterate({ perPage: 1 + below(5), maxScans: maxScans });
  for await (const { id } of walk) {
    yielded.push(id);
    if (own === 1 && ids.includes(id) && next() < 0.5) await update(id);
    if (own === 2 && ids.includes(id)) await remove(id);
  }
  await service.close();
  return { existedThroughout, yielded, writes, maxScans, ...walk.report };
}

describe.each(DIALECTS)('%s', (dialect) => {
  it('once writes pause, whoever existed throughout was yielded, and nobody twice', {
    timeout: 1_200_000,
  }, async ({ task }) => {
    const sums = {
      walks: 0,
      writes: 0,
      scans: 0,
      duplicates: 0,
      yielded: 0,
      missed: 0,
      twice: 0,
      incomplete: 0,
    };
    const wrong: number[] = [];
    for (let seed = 0; seed < seeds; seed++) {
      const { existedThroughout, yielded, complete, scans, duplicates, writes } = await history(
        dialect,
        seed,
        true,
      );
      const distinct = new Set(yielded);
      const missed = [...existedThroughout].filter((id) => !distinct.has(id)).length;
      const twice = yielded.length - distinct.size;
      if (missed > 0 || twice > 0 || !complete) wrong.push(seed);
      sums.walks++;
      sums.writes += writes;
      sums.scans += scans;
      sums.duplicates += duplicates;
      sums.yielded += yielded.length;
      sums.missed += missed;
      sums.twice += twice;
      sums.incomplete += complete ? 0 : 1;
    }
    tell(
      task,
      `iterate, ${dialect}, writes that pause`,
      JSON.stringify(sums).replace(/["{}]/g, '').replaceAll(',', ', '),
    );
    expect(wrong).toEqual([]);
  });

  it('while they never pause it stops after maxScans, and says that it is not complete', {
    timeout: 1_200_000,
  }, async ({ task }) => {
    const sums = { walks: 0, incomplete: 0, missed: 0, twice: 0 };
    for (let seed = 0; seed < seeds / 20; seed++) {
      const { existedThroughout, yielded, complete, scans, maxScans } = await history(dialect, seed, false);
      const distinct = new Set(yielded);
      sums.walks++;
      sums.twice += yielded.length - distinct.size;
      if (complete)
        sums.missed += [...existedThroughout].filter((id) => !distinct.has(id)).length; // all on one page
      else {
        sums.incomplete++;
        expect(scans, `seed ${seed}`).toBe(maxScans);
      }
    }
    tell(
      task,
      `iterate, ${dialect}, writes that never pause`,
      JSON.stringify(sums).replace(/["{}]/g, '').replaceAll(',', ', '),
    );
    expect(sums).toMatchObject({ missed: 0, twice: 0 });
    expect(sums.incomplete).toBeGreaterThan(0);
  });
});
