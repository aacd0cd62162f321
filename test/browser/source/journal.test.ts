import { indexedDbJournal } from 'persona-client/browser';
import { createMany } from 'persona-client/collections';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { journalContract, ROWS, setupJournalTest } from '../../support/journal-contract.js';

/** The name of a database that is deleted after the test. */
function temporaryName(): string {
  const name = crypto.randomUUID();
  onTestFinished(() => void indexedDB.deleteDatabase(name));
  return name;
}

/** Creates a database of another program. */
const createForeignDatabase = (name: string) =>
  new Promise<void>((resolve, reject) => {
    const request = indexedDB.open(name, 3);
    request.onupgradeneeded = () => request.result.createObjectStore('entries');
    request.onerror = () => reject(request.error);
    request.onsuccess = () => resolve(request.result.close());
  });

describe.each([false, true])('indexedDbJournal, sync: %s', (sync) => {
  journalContract(async () => {
    const name = temporaryName();
    return () => indexedDbJournal(name, { sync });
  });
});

it('rejects a database that is not a journal, and releases the lock', async () => {
  const name = temporaryName();
  await createForeignDatabase(name);
  const { client, service } = setupJournalTest();
  for (let attempt = 0; attempt < 2; attempt++) {
    const run = createMany(client, ROWS, { journal: indexedDbJournal(name) });
    await expect(run.finish()).rejects.toThrow('is not a journal');
  }
  expect(service.requests).toEqual([]);
});

it('contains no persona data', async () => {
  const name = temporaryName();
  const { client } = setupJournalTest();
  await createMany(client, ROWS, { journal: indexedDbJournal(name) }).finish();
  const entries: unknown[] = [];
  const journal = indexedDbJournal(name);
  for await (const entry of await journal.open()) entries.push(entry);
  await journal.close();
  expect(entries.length).toBe(1 + 2 * ROWS.length);
  expect(JSON.stringify(entries)).not.toMatch(/Ada|Grace|London|compilers/);
});

it('ends the run if an append fails, and sends no item without a recorded intent', async () => {
  const { client, service } = setupJournalTest();
  const journal = indexedDbJournal(temporaryName());
  const run = createMany(
    client,
    (function* () {
      yield* ROWS;
    })(),
    { journal, concurrency: 1 },
  );
  await run.next();
  const countCreates = () => service.requests.filter(({ method }) => method === 'POST').length;
  const before = countCreates();
  const { transaction } = IDBDatabase.prototype;
  onTestFinished(() => {
    IDBDatabase.prototype.transaction = transaction;
  });
  IDBDatabase.prototype.transaction = function (...args) {
    const started = transaction.apply(this, args);
    queueMicrotask(() => started.abort());
    return started;
  };
  await expect(run.finish()).rejects.toThrow();
  expect(countCreates()).toBeLessThanOrEqual(before + 1);
});

/** Holds a database open, and requests its deletion, which therefore waits. Returns a function that ends both. */
async function blockDatabase(name: string): Promise<() => void> {
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open(name);
    request.onerror = () => reject(request.error);
    request.onsuccess = () => resolve(request.result);
  });
  const deletion = indexedDB.deleteDatabase(name);
  await new Promise((resolve) => {
    deletion.onblocked = resolve;
  });
  return () => database.close();
}

/** Waits until a run has the lock of the journal. It then waits for the database. */
const waitForLock = (name: string, isHeld: boolean) =>
  vi.waitFor(async () => {
    const { held = [] } = await navigator.locks.query();
    expect(held.some((lock) => lock.name?.endsWith(` ${name}`))).toBe(isHeld);
  });

describe('a database that another tab blocks', () => {
  it('an abort ends the run, and the journal works later', async () => {
    const name = temporaryName();
    const unblock = await blockDatabase(name);
    const { client, service } = setupJournalTest();
    const controller = new AbortController();
    const run = createMany(client, ROWS, { journal: indexedDbJournal(name), signal: controller.signal });
    const outcome = run.finish().catch((error: unknown) => error);
    await waitForLock(name, true);
    controller.abort();
    expect(await outcome).toMatchObject({ code: 'aborted', maybeApplied: false });
    expect(service.requests).toEqual([]);
    await waitForLock(name, false);
    unblock();
    const { succeeded } = await createMany(client, ROWS, { journal: indexedDbJournal(name) }).finish();
    expect(succeeded).toBe(ROWS.length);
  });

  it('the run fails with the reason after 10 seconds', async () => {
    const name = temporaryName();
    const unblock = await blockDatabase(name);
    onTestFinished(unblock);
    const { client, service } = setupJournalTest();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], shouldAdvanceTime: true });
    onTestFinished(() => void vi.useRealTimers());
    const run = createMany(client, ROWS, { journal: indexedDbJournal(name) });
    const outcome = run.finish().catch((error: unknown) => error);
    await waitForLock(name, true);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await outcome).toMatchObject({ message: expect.stringMatching(/did not open within 10 s/) });
    expect(service.requests).toEqual([]);
    await waitForLock(name, false);
  });
});

it('does not block a tab that deletes the database during a run', async () => {
  const name = temporaryName();
  const { client } = setupJournalTest();
  const endlessRows = (function* () {
    for (;;) yield* ROWS;
  })();
  const run = createMany(client, endlessRows, { journal: indexedDbJournal(name), concurrency: 1 });
  await run.next();
  await new Promise<void>((resolve, reject) => {
    const deletion = indexedDB.deleteDatabase(name);
    deletion.onsuccess = () => resolve();
    deletion.onblocked = () => reject(new Error('blocked'));
  });
  await expect(run.finish()).rejects.toThrow('is not open. Another tab may have deleted its database.');
  await waitForLock(name, false);
});
