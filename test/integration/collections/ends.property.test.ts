import { PersonaAbortError } from 'persona-client';
import { createMany, type Journal, type JournalEntry, type RunSummary } from 'persona-client/collections';
import { describe, expect, inject, it } from 'vitest';
import { catchError } from '../../support/failures.js';
import { type CreateOutcome, createLossyService } from '../../support/lossy-service.js';
import { makeItems } from '../../support/personas.js';
import { createRandom } from '../../support/random.js';
import { createTestClient } from '../../support/service.js';

const ITEMS = 120;
const OPTIONS = { lateWriteWindowMs: 20, maxStallMs: 100, concurrency: 6 };

/** A journal in memory, for several runs. */
function memoryJournal(): Journal {
  const entries: JournalEntry[] = [];
  return {
    open: async () => [...entries],
    append: async (added) => void entries.push(...structuredClone(added)),
    close: async () => {},
  };
}

function setup(seed: number) {
  const { next, nextInteger } = createRandom(seed);
  const service = createLossyService();
  const client = createTestClient({ breaker: false, retry: false, fetch: service.fetch });
  const breakAfter = (creates: number) => {
    const failures: readonly CreateOutcome[] = ['stored, cut', 'cut', 'cut'];
    service.state.nextOutcome = () =>
      service.counts.creates <= creates ? 'ok' : failures[nextInteger(failures.length)];
    service.state.failsNextList = () => service.counts.creates > creates;
  };
  const repair = () => {
    service.state.nextOutcome = undefined;
    service.state.failsNextList = undefined;
  };
  const countByName = async () => {
    const counts = new Map<string, number>();
    for (const { name } of await service.stored()) counts.set(name, (counts.get(name) ?? 0) + 1);
    return counts;
  };
  return { client, next, nextInteger, breakAfter, repair, countByName };
}

/** Resumes a run until it is complete. Each item must then exist once. */
async function expectEachOnce(
  client: ReturnType<typeof createTestClient>,
  journal: Journal,
  countByName: () => Promise<Map<string, number>>,
): Promise<void> {
  const summary = await createMany(client, makeItems(ITEMS), { ...OPTIONS, journal }).finish();
  expect(summary).toMatchObject({ succeeded: ITEMS, failed: 0, complete: true });
  expect([...(await countByName())].filter(([, count]) => count !== 1)).toEqual([]);
  expect((await countByName()).size).toBe(ITEMS);
}

const SEEDS = Array.from({ length: inject('seeds') >= 10_000 ? 100 : 8 }, (_, index) => index + 1);

describe('a run with a journal creates each item once', () => {
  it.each(SEEDS)('after a stall: seed %d', async (seed) => {
    const { client, nextInteger, breakAfter, repair, countByName } = setup(seed);
    const journal = memoryJournal();
    breakAfter(nextInteger(ITEMS));
    const { stopError, doubtful, failed }: RunSummary = await createMany(client, makeItems(ITEMS), {
      ...OPTIONS,
      journal,
    }).finish();
    expect(stopError?.message).toContain('neither accepted nor rejected');
    expect(doubtful.length).toBeLessThanOrEqual(failed);
    repair();
    await expectEachOnce(client, journal, countByName);
  });

  it.each(SEEDS)('after an abort at any time: seed %d', async (seed) => {
    const { client, next, nextInteger, breakAfter, repair, countByName } = setup(seed);
    const journal = memoryJournal();
    if (seed % 2 === 0) breakAfter(nextInteger(ITEMS));
    const controller = new AbortController();
    setTimeout(() => controller.abort(), next() * 150);
    const startedAt = performance.now();
    const run = createMany(client, makeItems(ITEMS), { ...OPTIONS, journal, signal: controller.signal });
    const error = await catchError(run.finish());
    expect(error === undefined || error instanceof PersonaAbortError).toBe(true);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    repair();
    await expectEachOnce(client, journal, countByName);
  });

  it.each(SEEDS)('after the caller leaves the loop: seed %d', async (seed) => {
    const { client, nextInteger, breakAfter, repair, countByName } = setup(seed);
    const journal = memoryJournal();
    if (seed % 2 === 0) breakAfter(nextInteger(ITEMS));
    let left = nextInteger(ITEMS);
    for await (const _ of createMany(client, makeItems(ITEMS), { ...OPTIONS, journal }))
      if (left-- === 0) break;
    repair();
    await expectEachOnce(client, journal, countByName);
  });

  it.each(SEEDS)('after an error of the journal: seed %d', async (seed) => {
    const { client, nextInteger, countByName } = setup(seed);
    const journal = memoryJournal();
    let appendsLeft = nextInteger(40);
    const failing: Journal = {
      ...journal,
      append: async (entries) => {
        if (appendsLeft-- === 0) throw new Error('disk full');
        return journal.append(entries);
      },
    };
    const error = await catchError(
      createMany(client, makeItems(ITEMS), { ...OPTIONS, journal: failing }).finish(),
    );
    expect(error).toEqual(new Error('disk full'));
    await expectEachOnce(client, journal, countByName);
  });
});
