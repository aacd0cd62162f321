import type { Journal, JournalEntry } from '../collections/index.js';
import { assertOnlyOption } from '../core/assert-options.js';

/** Options of {@link indexedDbJournal}. */
export interface IndexedDbJournalOptions {
  /**
   * Whether to flush each group of entries to the disk. Otherwise, entries survive a crash of the tab or browser, but a
   * power failure may lose them. @default false
   */
  readonly sync?: boolean;
}

/** Entries of one `append`. */
interface EntryGroup {
  /** Assigned by IndexedDB, in the order of the writes. */
  readonly sequence: number;
  readonly entries: readonly JournalEntry[];
}

const STORE_NAME = 'persona-client journal';
const GROUPS_PER_READ = 500;

/**
 * Creates a journal in IndexedDB, for runs of `persona-client/collections`. If the tab is closed or crashes during a run,
 * you can resume the run after a reload. The journal contains positions, digests and ids, and no data of personas.
 *
 * The journal is the database `name`, which the first run creates. Call `indexedDB.deleteDatabase(name)` when the run is
 * complete. Only one run at a time can use the journal, across all tabs. If disk space is low, the browser may delete
 * the data of a site, unless `navigator.storage.persist()` succeeded.
 *
 * The run rejects with an `Error` if another run uses the journal, or if the database is not a journal. It also rejects
 * without Web Locks, which pages over plain `http:` do not have, except on localhost.
 *
 * @throws {TypeError} For an unknown option.
 * @example
 * ```ts
 * const run = createMany(client, rows, { journal: indexedDbJournal('import') });
 * ```
 */
export function indexedDbJournal(name: string, options: IndexedDbJournalOptions = {}): Journal {
  assertOnlyOption('indexedDbJournal', options, 'sync');
  const durability = options.sync ? 'strict' : 'relaxed';
  let resources: { readonly database: IDBDatabase; readonly releaseLock: () => Promise<void> } | undefined;

  async function* readEntries(database: IDBDatabase): AsyncGenerator<JournalEntry> {
    for (let lastSequence = 0; ; ) {
      const store = database.transaction(STORE_NAME).objectStore(STORE_NAME);
      const range = IDBKeyRange.lowerBound(lastSequence, true);
      const groups = await toPromise<EntryGroup[]>(store.getAll(range, GROUPS_PER_READ));
      for (const group of groups) yield* group.entries;
      lastSequence = groups.at(-1)?.sequence ?? lastSequence;
      if (groups.length < GROUPS_PER_READ) return;
    }
  }

  return {
    open: async () => {
      const releaseLock = await tryAcquireLock(`${STORE_NAME} ${name}`);
      if (!releaseLock) throw new Error(`The journal ${name} is in use by another run. Nothing was sent.`);
      try {
        const database = await openDatabase(name);
        resources = { database, releaseLock };
        return readEntries(database);
      } catch (error) {
        await releaseLock();
        throw error;
      }
    },
    append: async (entries) => {
      if (!resources) throw new Error(`The journal ${name} is not open.`);
      const transaction = resources.database.transaction(STORE_NAME, 'readwrite', { durability });
      transaction.objectStore(STORE_NAME).add({ entries });
      await new Promise<void>((resolve, reject) => {
        transaction.oncomplete = () => resolve();
        transaction.onabort = () => reject(transaction.error); // also if a request failed, for example because the disk is full
      });
    },
    close: async () => {
      resources?.database.close();
      await resources?.releaseLock();
      resources = undefined;
    },
  };
}

/** Acquires the lock and returns a function that releases it. Returns `undefined` if a run in any tab holds the lock. */
function tryAcquireLock(name: string): Promise<(() => Promise<void>) | undefined> {
  const { locks } = globalThis.navigator;
  if (locks === undefined)
    throw new Error(
      'indexedDbJournal needs Web Locks, which browsers offer only on https: pages and on localhost. Nothing was sent.',
    );
  return new Promise((resolve, reject) => {
    const released = locks.request(name, { ifAvailable: true }, (lock) => {
      if (!lock) return resolve(undefined);
      return new Promise<void>((release) => {
        resolve(() => {
          release();
          return released;
        });
      });
    });
    released.catch(reject);
  });
}

async function openDatabase(name: string): Promise<IDBDatabase> {
  const request = indexedDB.open(name);
  request.onupgradeneeded = () =>
    request.result.createObjectStore(STORE_NAME, { keyPath: 'sequence', autoIncrement: true });
  const database = await toPromise(request);
  if (database.objectStoreNames.contains(STORE_NAME)) return database;
  database.close();
  throw new Error(`The database ${name} is not a journal. Nothing was sent. Use another name.`);
}

const toPromise = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
