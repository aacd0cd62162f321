import fc from 'fast-check';
import { PersonaClient } from 'persona-client';
import { createMany, type Journal, type JournalEntry } from 'persona-client/collections';
import { createPersonaService, type Dialect } from 'persona-client/testing';
import { describe, expect, it, onTestFinished } from 'vitest';

/** Where a journal is: each call is what a program makes of it anew, after the one before has ended. */
export type Place = () => Journal;

export const ROWS = [
  { name: 'Ada', demographic: { geolocation: '51.5,-0.12', city: 'London' } },
  { name: 'Ada' },
  { name: 'Ada' },
  { name: 'Grace', psychographic: { interests: ['compilers'] } },
];

const DIALECTS: readonly Dialect[] = ['subresource', 'attributes'];
/** The start, then before and after each row. */
const ENTRIES = Array.from({ length: 1 + 2 * ROWS.length }, (_, at) => at);

/** A service without a socket, so that a page can have one, too. */
export function nearby(dialect: Dialect = 'subresource') {
  const service = createPersonaService({ dialect, seed: false });
  onTestFinished(() => service.close());
  const client = new PersonaClient({ fetch: service.fetch });
  onTestFinished(() => client.close());
  return { service, client };
}

/** The journal of a program that ends when it is about to write what `dies` says: nothing of that and of all later is written. */
export function mortal(journal: Journal, dies: (entry: JournalEntry) => boolean): Journal {
  let dead = false;
  return {
    open: () => journal.open(),
    append: async (added) => {
      const until = dead ? 0 : added.findIndex(dies);
      dead ||= until >= 0;
      const written = dead ? added.slice(0, until) : added;
      if (written.length > 0) await journal.append(written);
      if (dead) throw new Error('killed');
    },
    close: () => journal.close(),
  };
}

const whole = fc.nat(Number.MAX_SAFE_INTEGER);
const entry: fc.Arbitrary<JournalEntry> = fc.oneof(
  fc.record({ type: fc.constant('intent' as const), index: whole, digest: whole }),
  fc.record({ type: fc.constant('failed' as const), index: whole }),
  fc.record(
    {
      type: fc.constant('done' as const),
      index: whole,
      id: whole,
      at: whole,
      unlike: fc.constant(true as const),
    },
    { requiredKeys: ['type', 'index', 'id', 'at'] },
  ),
  fc.record({
    type: fc.constant('start' as const),
    version: fc.constant(1 as const),
    operation: fc.constantFrom('create' as const, 'update' as const, 'delete' as const),
    since: whole,
    before: fc.array(whole),
  }),
);

async function read(journal: Journal): Promise<JournalEntry[]> {
  const entries: JournalEntry[] = [];
  for await (const one of await journal.open()) entries.push(one);
  return entries;
}

/** What every journal has to do, wherever it keeps its entries. */
export function journalContract(fresh: () => Promise<Place>): void {
  it('gives back what was written, in its order, to each run that comes after', async () => {
    const groups = fc.array(fc.array(entry, { minLength: 1, maxLength: 6 }), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(fc.array(groups, { maxLength: 4 }), async (runs) => {
        const place = await fresh();
        const written: JournalEntry[] = [];
        for (const run of runs) {
          const journal = place();
          expect(await read(journal)).toEqual(written);
          for (const group of run) await journal.append(group);
          await journal.close();
          written.push(...run.flat());
        }
        expect(await read(place())).toEqual(written);
      }),
      { numRuns: 20 },
    );
  });

  it('is read to its end, however long', async () => {
    const place = await fresh();
    const journal = place();
    await read(journal);
    const entries = Array.from({ length: 1_234 }, (_, index): JournalEntry => ({ type: 'failed', index }));
    for (const one of entries) await journal.append([one]);
    await journal.close();
    expect(await read(place())).toEqual(entries);
  });

  it('is for one run at a time, and whoever is refused takes nothing from it', async () => {
    const { client } = nearby();
    const place = await fresh();
    const journal = place();
    const first = createMany(client, ROWS, { journal });
    await first.next();
    for (const other of [place(), journal])
      await expect(createMany(client, ROWS, { journal: other }).next()).rejects.toThrow(
        'in use by another run',
      );
    expect(await first.finish()).toMatchObject({ done: 4, complete: true });
    for (const later of [place(), journal])
      expect(await createMany(client, ROWS, { journal: later }).finish()).toMatchObject({ resumed: 4 });
  });

  it('takes nothing while it is not open', async () => {
    const journal = (await fresh())();
    await expect(journal.append([{ type: 'failed', index: 0 }])).rejects.toThrow('is not open');
  });

  describe.each(DIALECTS)('an end at any entry: %s', (dialect) => {
    it.each(ENTRIES)('before entry %i is written', async (last) => {
      const { client } = nearby(dialect);
      const place = await fresh();
      let written = 0;
      const options = { concurrency: 2, lateWriteWindowMs: 50 };
      const dies = mortal(place(), () => written++ >= last);
      await expect(createMany(client, ROWS, { ...options, journal: dies }).finish()).rejects.toThrow(
        'killed',
      );
      const again = await createMany(client, ROWS, { ...options, journal: place() }).finish();
      expect(again).toMatchObject({ done: 4, failed: 0, complete: true });
      const people = await client.personas.toArray();
      expect(people.map(({ name }) => name).toSorted()).toEqual(['Ada', 'Ada', 'Ada', 'Grace']);
      expect(people.filter(({ demographic }) => demographic?.city === 'London').length).toBe(1);
    });
  });

  it('tells which persona an item became in an earlier run', async () => {
    const { client } = nearby();
    const place = await fresh();
    await createMany(client, ROWS, { journal: place() }).finish();
    const ids: number[] = [];
    for await (const result of createMany(client, ROWS, { journal: place() }))
      if (result.ok && result.source === 'journal') ids.push(result.id);
    const people = await Promise.all(ids.map((id) => client.personas.get(id)));
    expect(people.map(({ name }) => name)).toEqual(ROWS.map(({ name }) => name));
  });
}
