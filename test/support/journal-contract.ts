import fc from 'fast-check';
import { PersonaClient } from 'persona-client';
import { createMany, type Journal, type JournalEntry } from 'persona-client/collections';
import { createPersonaService, type Dialect } from 'persona-client/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DIALECTS } from './service.js';

/** Opens the stored journal, like a program that starts again. */
export type OpenJournal = () => Journal;

export const ROWS = [
  { name: 'Ada', demographic: { geolocation: '51.5,-0.12', city: 'London' } },
  { name: 'Ada' },
  { name: 'Ada' },
  { name: 'Grace', psychographic: { interests: ['compilers'] } },
];

/** Indexes of the entries of a complete run: a start entry, and then an intent and a result per row. */
const ENTRY_INDEXES = Array.from({ length: 1 + 2 * ROWS.length }, (_, index) => index);

/** Creates a service and a client without a socket, so that the tests also work in a browser page. */
export function setupJournalTest(dialect: Dialect = 'subresource') {
  const service = createPersonaService({ dialect, seed: false });
  onTestFinished(() => service.close());
  const client = new PersonaClient({ fetch: service.fetch });
  onTestFinished(() => client.close());
  return { service, client };
}

/** Creates a journal whose process crashes before the first matching entry. That entry and all later entries are lost. */
export function simulateCrash(journal: Journal, isFatal: (entry: JournalEntry) => boolean): Journal {
  let hasCrashed = false;
  return {
    open: () => journal.open(),
    append: async (entries) => {
      const fatalIndex = hasCrashed ? 0 : entries.findIndex(isFatal);
      hasCrashed ||= fatalIndex >= 0;
      const storedEntries = hasCrashed ? entries.slice(0, fatalIndex) : entries;
      if (storedEntries.length > 0) await journal.append(storedEntries);
      if (hasCrashed) throw new Error('killed');
    },
    close: () => journal.close(),
  };
}

const integer = fc.nat(Number.MAX_SAFE_INTEGER);
const arbitraryEntry: fc.Arbitrary<JournalEntry> = fc.oneof(
  fc.record({ type: fc.constant('intent' as const), index: integer, digest: integer }),
  fc.record({ type: fc.constant('failed' as const), index: integer }),
  fc.record(
    {
      type: fc.constant('applied' as const),
      index: integer,
      id: integer,
      appliedAt: integer,
      responseMismatch: fc.constant(true as const),
    },
    { requiredKeys: ['type', 'index', 'id', 'appliedAt'] },
  ),
  fc.record({
    type: fc.constant('start' as const),
    version: fc.constant(1 as const),
    operation: fc.constantFrom('create' as const, 'update' as const, 'delete' as const),
    serviceTime: integer,
    existingIds: fc.array(integer),
  }),
);

async function readEntries(journal: Journal): Promise<JournalEntry[]> {
  const entries: JournalEntry[] = [];
  for await (const entry of await journal.open()) entries.push(entry);
  return entries;
}

/**
 * Defines the tests that every implementation of `Journal` must pass.
 *
 * @param createJournal creates an empty journal, and returns a function that opens the journal.
 */
export function journalContract(createJournal: () => Promise<OpenJournal>): void {
  it('returns all entries in order to every later run', async () => {
    const groups = fc.array(fc.array(arbitraryEntry, { minLength: 1, maxLength: 6 }), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(fc.array(groups, { maxLength: 4 }), async (runs) => {
        const openJournal = await createJournal();
        const written: JournalEntry[] = [];
        for (const run of runs) {
          const journal = openJournal();
          expect(await readEntries(journal)).toEqual(written);
          for (const group of run) await journal.append(group);
          await journal.close();
          written.push(...run.flat());
        }
        expect(await readEntries(openJournal())).toEqual(written);
      }),
      { numRuns: 20 },
    );
  });

  it('returns every entry of a long journal', async () => {
    const openJournal = await createJournal();
    const journal = openJournal();
    await readEntries(journal);
    const entries = Array.from({ length: 1_234 }, (_, index): JournalEntry => ({ type: 'failed', index }));
    for (const entry of entries) await journal.append([entry]);
    await journal.close();
    expect(await readEntries(openJournal())).toEqual(entries);
  });

  it('rejects a concurrent second run without disturbing the first run', async () => {
    const { client } = setupJournalTest();
    const openJournal = await createJournal();
    const journal = openJournal();
    const first = createMany(client, ROWS, { journal });
    await first.next();
    for (const other of [openJournal(), journal])
      await expect(createMany(client, ROWS, { journal: other }).next()).rejects.toThrow(
        'in use by another run',
      );
    expect(await first.finish()).toMatchObject({ succeeded: 4, complete: true });
    for (const later of [openJournal(), journal])
      expect(await createMany(client, ROWS, { journal: later }).finish()).toMatchObject({ resumed: 4 });
  });

  it('rejects appends to a journal that is not open', async () => {
    const journal = (await createJournal())();
    await expect(journal.append([{ type: 'failed', index: 0 }])).rejects.toThrow('is not open');
  });

  describe.each(DIALECTS)('after a crash, dialect %s', (dialect) => {
    it.each(ENTRY_INDEXES)('resumes if the process crashed before it wrote entry %i', async (crashIndex) => {
      const { client } = setupJournalTest(dialect);
      const openJournal = await createJournal();
      let writtenCount = 0;
      const options = { concurrency: 2, lateWriteWindowMs: 50 };
      const journal = simulateCrash(openJournal(), () => writtenCount++ >= crashIndex);
      await expect(createMany(client, ROWS, { ...options, journal }).finish()).rejects.toThrow('killed');
      const resumed = await createMany(client, ROWS, { ...options, journal: openJournal() }).finish();
      expect(resumed).toMatchObject({ succeeded: 4, failed: 0, complete: true });
      const personas = await client.personas.toArray();
      expect(personas.map(({ name }) => name).toSorted()).toEqual(['Ada', 'Ada', 'Ada', 'Grace']);
      expect(personas.filter(({ demographic }) => demographic?.city === 'London').length).toBe(1);
    });
  });

  it('returns the ids of the personas that an earlier run created', async () => {
    const { client } = setupJournalTest();
    const openJournal = await createJournal();
    await createMany(client, ROWS, { journal: openJournal() }).finish();
    const ids: number[] = [];
    for await (const result of createMany(client, ROWS, { journal: openJournal() }))
      if (result.ok && result.source === 'journal') ids.push(result.id);
    const personas = await Promise.all(ids.map((id) => client.personas.get(id)));
    expect(personas.map(({ name }) => name)).toEqual(ROWS.map(({ name }) => name));
  });
}
