import { indexedDbJournal } from 'persona-client/browser';
import { createMany } from 'persona-client/collections';
import { describe, expect, it, onTestFinished } from 'vitest';
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
