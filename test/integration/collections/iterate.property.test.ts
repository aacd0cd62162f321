import { type Dialect, PersonaClient } from 'persona-client';
import { createPersonaService } from 'persona-client/testing';
import { describe, expect, inject, it } from 'vitest';
import { reportLine } from '../../resilience/collections/report.js';
import { createRandom } from '../../support/random.js';
import { DIALECTS } from '../../support/service.js';

const seeds = inject('seeds') / DIALECTS.length;
const NAMES = ['Ada', 'Grace', 'Joan'];

/** An iteration under concurrent writes. */
interface Outcome {
  /** Ids that existed from the first request to the last. Tracked by the test itself, without a client. */
  readonly existedThroughout: ReadonlySet<number>;
  readonly yieldedIds: readonly number[];
  /** Personas that the iteration yielded twice. A persona that has the id of a deleted one is another persona. */
  readonly twice: number;
  readonly complete: boolean;
  readonly scans: number;
  readonly maxScans: number;
  readonly duplicates: number;
  readonly writes: number;
}

/**
 * Iterates while random creates, updates and deletes happen before and after each page. In some runs the consumer also updates or deletes
 * what the iteration yields.
 *
 * @param writesPause Whether the writes end at some point.
 */
async function iterateUnderWrites(dialect: Dialect, seed: number, writesPause: boolean): Promise<Outcome> {
  const { next, nextInteger: below } = createRandom(seed);
  const service = createPersonaService({ dialect, seed: false });
  /** Existing ids, in the order of their last update. */
  const ids: number[] = [];
  const api = async (method: string, path: string, body?: object) => {
    const init = body ? { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } } : {};
    const response = await service.fetch(`http://service/api/v1/personas${path}`, { method, ...init });
    // The consumer's write may race with a write during read-ahead, so its persona may not exist anymore.
    if (!response.ok && response.status !== 404) throw new Error(`${method} ${path}: ${response.status}`);
    return response.json() as Promise<{ id: number }>;
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
  let writesLeft = writesPause ? below(30) : Number.POSITIVE_INFINITY;
  const write = async (): Promise<void> => {
    writesLeft--;
    writes++;
    const kind = below(3);
    // Prefers to delete the newest row and to move the oldest to the front: a naive iteration then misses rows.
    const newest = ids.at(-1 - below(2));
    const any = ids[below(ids.length)];
    const oldest = ids[below(2)];
    if (kind === 1 && any !== undefined) await update(next() < 0.5 ? any : (oldest ?? any));
    else if (kind === 2 && any !== undefined) await remove(next() < 0.5 ? any : (newest ?? any));
    else await create();
  };
  const writeRandomly = async () => {
    for (let count = below(writesPause ? 4 : 2); count > 0 && writesLeft > 0; count--) await write();
    if (!writesPause) await create();
  };

  using client = new PersonaClient({
    dialect,
    fetch: async (input, init) => {
      await writeRandomly();
      const response = await service.fetch(input as string, init);
      await writeRandomly();
      return response;
    },
  });
  const consumerWrites = below(4);
  const yieldedIds: number[] = [];
  const identities = new Set<string>();
  const maxScans = writesPause ? 40 : 1 + below(3);
  const iterator = client.personas.iterate({ perPage: 1 + below(5), maxScans });
  for await (const { id, created_at } of iterator) {
    yieldedIds.push(id);
    identities.add(`${id} ${created_at}`);
    if (consumerWrites === 1 && ids.includes(id) && next() < 0.5) await update(id);
    if (consumerWrites === 2 && ids.includes(id)) await remove(id);
  }
  await service.close();
  const twice = yieldedIds.length - identities.size;
  return { existedThroughout, yieldedIds, twice, writes, maxScans, ...iterator.report };
}

describe.each(DIALECTS)('iterate, %s', (dialect) => {
  it('yields every persona that existed throughout exactly once if writes pause', {
    timeout: 1_200_000,
  }, async ({ task }) => {
    const sums = {
      iterations: 0,
      writes: 0,
      scans: 0,
      duplicates: 0,
      yielded: 0,
      missed: 0,
      twice: 0,
      incomplete: 0,
    };
    const failedSeeds: number[] = [];
    for (let seed = 0; seed < seeds; seed++) {
      const { existedThroughout, yieldedIds, twice, complete, scans, duplicates, writes } =
        await iterateUnderWrites(dialect, seed, true);
      const distinct = new Set(yieldedIds);
      const missed = [...existedThroughout].filter((id) => !distinct.has(id)).length;
      if (missed > 0 || twice > 0 || !complete) failedSeeds.push(seed);
      sums.iterations++;
      sums.writes += writes;
      sums.scans += scans;
      sums.duplicates += duplicates;
      sums.yielded += yieldedIds.length;
      sums.missed += missed;
      sums.twice += twice;
      sums.incomplete += complete ? 0 : 1;
    }
    reportLine(
      task,
      `iterate, ${dialect}, writes that pause`,
      JSON.stringify(sums).replace(/["{}]/g, '').replaceAll(',', ', '),
    );
    expect(failedSeeds).toEqual([]);
  });

  it('stops after maxScans and reports that it is incomplete if writes never pause', {
    timeout: 1_200_000,
  }, async ({ task }) => {
    const sums = { iterations: 0, incomplete: 0, missed: 0, twice: 0 };
    for (let seed = 0; seed < seeds / 20; seed++) {
      const { existedThroughout, yieldedIds, twice, complete, scans, maxScans } = await iterateUnderWrites(
        dialect,
        seed,
        false,
      );
      const distinct = new Set(yieldedIds);
      sums.iterations++;
      sums.twice += twice;
      if (complete)
        sums.missed += [...existedThroughout].filter((id) => !distinct.has(id)).length; // everything was on one page
      else {
        sums.incomplete++;
        expect(scans, `seed ${seed}`).toBe(maxScans);
      }
    }
    reportLine(
      task,
      `iterate, ${dialect}, writes that never pause`,
      JSON.stringify(sums).replace(/["{}]/g, '').replaceAll(',', ', '),
    );
    expect(sums).toMatchObject({ missed: 0, twice: 0 });
    expect(sums.incomplete).toBeGreaterThan(0);
  });
});
