import { PersonaClient } from 'persona-client';
import { indexedDbJournal } from 'persona-client/browser';
import { createMany } from 'persona-client/collections';
import { expect, it, onTestFinished, vi } from 'vitest';

/** A promise that no browser settles. */
const never = () => new Promise<never>(() => {});

/** A database whose transactions never complete. */
class FakeDatabase {
  isClosed = false;
  objectStoreNames = { contains: () => true };
  onversionchange = () => {};
  onclose = () => {};
  close = () => {
    this.isClosed = true;
  };
  transaction = () => ({ objectStore: () => ({ add: () => {}, getAll: () => ({}) }) });
}

/** Emulates the globals of a page. `openDatabase` responds to the request to open the database. */
function stubPage({ grantsLocks = true } = {}) {
  onTestFinished(() => void vi.unstubAllGlobals());
  const held = new Set<string>();
  const request = async (
    name: string,
    _options: object,
    callback: (lock: object | null) => Promise<void>,
  ) => {
    if (!grantsLocks) return never();
    if (held.has(name)) return callback(null);
    held.add(name);
    await callback({}).finally(() => held.delete(name));
  };
  const database = new FakeDatabase();
  const opening: { result: FakeDatabase; onsuccess: () => void } = { result: database, onsuccess: () => {} };
  const open = vi.fn(() => opening);
  vi.stubGlobal('navigator', { locks: { request } });
  vi.stubGlobal('indexedDB', { open });
  vi.stubGlobal('IDBKeyRange', { lowerBound: () => ({}) });
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  return { held, database, open, openDatabase: () => opening.onsuccess() };
}

/** Starts a run that sends nothing. */
function startRun(signal?: AbortSignal) {
  const fetch = vi.fn<typeof globalThis.fetch>();
  const client = new PersonaClient({ fetch });
  onTestFinished(() => client.close());
  const run = createMany(client, [{ name: 'Ada' }], {
    journal: indexedDbJournal('import'),
    ...(signal && { signal }),
  });
  return { fetch, outcome: run.finish().catch((error: unknown) => error) };
}

it('a blocked database: the run fails after 10 seconds, and leaves nothing locked or open', async () => {
  const { held, database, open, openDatabase } = stubPage();
  const { fetch, outcome } = startRun();
  await vi.waitFor(() => expect(open).toHaveBeenCalled());
  expect(held.size).toBe(1);
  await vi.advanceTimersByTimeAsync(9_000);
  expect(held.size).toBe(1);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await outcome).toMatchObject({
    message: expect.stringMatching(/did not open within 10 s\. Nothing was sent\./),
  });
  expect(held.size).toBe(0);
  openDatabase(); // too late
  await vi.waitFor(() => expect(database.isClosed).toBe(true));
  expect(fetch).not.toHaveBeenCalled();
  expect(vi.getTimerCount()).toBe(0);
});

it('a blocked database: an abort ends the run at once, and leaves nothing locked or open', async () => {
  const { held, database, open, openDatabase } = stubPage();
  const controller = new AbortController();
  const { fetch, outcome } = startRun(controller.signal);
  await vi.waitFor(() => expect(open).toHaveBeenCalled());
  controller.abort();
  expect(await outcome).toMatchObject({ code: 'aborted', maybeApplied: false });
  expect(held.size).toBe(0);
  openDatabase();
  await vi.waitFor(() => expect(database.isClosed).toBe(true));
  expect(fetch).not.toHaveBeenCalled();
  expect(vi.getTimerCount()).toBe(0);
});

it('a lock that is never granted: the run fails after 10 seconds', async () => {
  const { open } = stubPage({ grantsLocks: false });
  const { outcome } = startRun();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await outcome).toMatchObject({ message: expect.stringMatching(/did not open within 10 s/) });
  expect(open).not.toHaveBeenCalled();
});

it('a journal does not open with a signal that has aborted', async () => {
  const { held, open } = stubPage();
  await expect(indexedDbJournal('import').open(AbortSignal.abort('over'))).rejects.toBe('over');
  expect([held.size, open.mock.calls]).toEqual([0, []]);
});

it.each(['onversionchange', 'onclose'] as const)(
  '%s closes the database, and later entries are rejected',
  async (event) => {
    const { database, open, openDatabase } = stubPage();
    const journal = indexedDbJournal('import');
    const opening = journal.open();
    await vi.waitFor(() => expect(open).toHaveBeenCalled());
    openDatabase();
    await opening;
    database[event]();
    expect(database.isClosed).toBe(true);
    await expect(journal.append([])).rejects.toThrow(
      'The journal import is not open. Another tab may have deleted its database.',
    );
    await journal.close();
  },
);

it('a transaction that never completes: the run fails within maxStallMs', async () => {
  const { held, open, openDatabase } = stubPage();
  const { fetch, outcome } = startRun();
  await vi.waitFor(() => expect(open).toHaveBeenCalled());
  openDatabase();
  await vi.advanceTimersByTimeAsync(120_000);
  expect(await outcome).toMatchObject({
    message: expect.stringMatching(/Reading the entries of the journal did not finish/),
  });
  expect([held.size, fetch.mock.calls]).toEqual([0, []]);
});
