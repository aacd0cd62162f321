import { indexedDbJournal } from 'persona-client/browser';
import { createMany } from 'persona-client/collections';
import { describe, expect, it, onTestFinished } from 'vitest';
import { journalContract, nearby, ROWS } from '../../support/journal-contract.js';

/** The name of a database for the length of a test. */
function scratch(): string {
  const name = crypto.randomUUID();
  onTestFinished(() => void indexedDB.deleteDatabase(name));
  return name;
}

/** Another program's own database. */
const foreign = (name: string) =>
  new Promise<void>((resolve, reject) => {
    const opening = indexedDB.open(name, 3);
    opening.onupgradeneeded = () => opening.result.createObjectStore('entries');
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => resolve(opening.result.close());
  });

describe.each([false, true])('indexedDbJournal, sync: %s', (sync) => {
  journalContract(async () => {
    const name = scratch();
    return () => indexedDbJournal(name, { sync });
  });
});

it('leaves a database alone that is no journal, and is free for whoever comes next', async () => {
  const name = scratch();
  await foreign(name);
  const { client, service } = nearby();
  for (let time = 0; time < 2; time++) {
    const run = createMany(client, ROWS, { journal: indexedDbJournal(name) });
    await expect(run.finish()).rejects.toThrow('is something other than a journal');
  }
  expect(service.requests).toEqual([]);
});

it('keeps no data of personas', async () => {
  const name = scratch();
  const { client } = nearby();
  await createMany(client, ROWS, { journal: indexedDbJournal(name) }).finish();
  const entries: unknown[] = [];
  const journal = indexedDbJournal(name);
  for await (const entry of await journal.open()) entries.push(entry);
  await journal.close();
  expect(entries.length).toBe(1 + 2 * ROWS.length);
  expect(JSON.stringify(entries)).not.toMatch(/Ada|Grace|London|compilers/);
});

it('ends the run when it cannot be written, and nothing is sent that is not noted', async () => {
  const { client, service } = nearby();
  const journal = indexedDbJournal(scratch());
  const run = createMany(
    client,
    (function* () {
      yield* ROWS;
    })(),
    { journal, concurrency: 1 },
  );
  await run.next();
  const sent = () => service.requests.filter(({ method }) => method === 'POST').length;
  const before = sent();
  const { transaction } = IDBDatabase.prototype;
  onTestFinished(() => {
    IDBDatabase.prototype.transaction = transaction;
  });
  IDBDatabase.prototype.transaction = function (...given) {
    const writing = transaction.apply(this, given);
    queueMicrotask(() => writing.abort());
    return writing;
  };
  await expect(run.finish()).rejects.toThrow();
  expect(sent()).toBeLessThanOrEqual(before + 1);
});
