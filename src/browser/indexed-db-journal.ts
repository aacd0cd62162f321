import type { Journal, JournalEntry } from '../collections/index.js';
import { assertOnlyOption } from '../core/assert-options.js';
import { limitWait } from './limit-wait.js';

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
/** Time limit to open a database. Another tab can block it forever, and some browsers respond only after a reload. */
const OPEN_LIMIT_MS = 10_000;

/**
 * Creates a journal in IndexedDB, for runs of `persona-client/collections`. If the tab is closed or crashes during a run,
 * you can resume the run after a reload. The journal contains positions, digests and ids, and no data of personas.
 *
 * The journal is the database `name`, which the first run creates. Call `indexedDB.deleteDatabase(name)` when the run is
 * complete. Only one run at a time can use the journal, across all tabs. If disk space is low, the browser may delete
 * the data of a site, unless `navigator.storage.persist()` succeeded.
 *
 * The run rejects with an `Error` if:
 *
 * - another run uses the journal, or the database is not a journal
 * - the database does not open within 10 seconds, for example because another tab blocks it
 * - another tab deletes or upgrades the database during the run, which the journal does not prevent
 * - the page has no Web Locks, for example because it is on `http:` and not on localhost
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
  let connection: LockedDatabase | undefined;

  const startTransaction = (mode: IDBTransactionMode) => {
    if (connection?.database) return connection.database.transaction(STORE_NAME, mode, { durability });
    throw new Error(`The journal ${name} is not open. Another tab may have deleted its database.`);
  };

  async function* readEntries(): AsyncGenerator<JournalEntry> {
    for (let lastSequence = 0; ; ) {
      const store = startTransaction('readonly').objectStore(STORE_NAME);
      const range = IDBKeyRange.lowerBound(lastSequence, true);
      const groups = await toPromise<EntryGroup[]>(store.getAll(range, GROUPS_PER_READ));
      for (const group of groups) yield* group.entries;
      lastSequence = groups.at(-1)?.sequence ?? lastSequence;
      if (groups.length < GROUPS_PER_READ) return;
    }
  }

  return {
    open: async (signal) => {
      connection = await connect(name, signal);
      return readEntries();
    },
    append: async (entries) => {
      const transaction = startTransaction('readwrite');
      transaction.objectStore(STORE_NAME).add({ entries });
      await new Promise<void>((resolve, reject) => {
        transaction.oncomplete = () => resolve();
        transaction.onabort = () => reject(transaction.error); // also if a request failed, for example because the disk is full
      });
    },
    close: async () => {
      await connection?.close();
      connection = undefined;
    },
  };
}

/** The open database of a journal, under a lock. */
interface LockedDatabase {
  /** `undefined` after another tab has deleted or upgraded the database, or the browser has closed it. */
  readonly database: IDBDatabase | undefined;
  close(): Promise<void>;
}

/**
 * Locks and opens a journal. After a failure or a timeout, releases the lock and closes the database, even if a step finishes
 * after the timeout.
 */
async function connect(name: string, signal: AbortSignal | undefined): Promise<LockedDatabase> {
  let isClosed = false;
  const cleanUps: (() => unknown)[] = [];
  const onClose = (cleanUp: () => unknown) => (isClosed ? cleanUp() : cleanUps.unshift(cleanUp));
  const connection = {
    database: undefined as IDBDatabase | undefined,
    close: async () => {
      isClosed = true;
      for (const cleanUp of cleanUps) await cleanUp();
    },
  };
  const work = async () => {
    const releaseLock = await tryAcquireLock(`${STORE_NAME} ${name}`);
    if (!releaseLock) throw new Error(`The journal ${name} is in use by another run. Nothing was sent.`);
    onClose(releaseLock);
    const database = await openDatabase(name);
    const forget = () => {
      database.close();
      connection.database = undefined;
    };
    onClose(forget);
    if (!database.objectStoreNames.contains(STORE_NAME))
      throw new Error(`The database ${name} is not a journal. Nothing was sent. Use another name.`);
    database.onversionchange = database.onclose = forget; // otherwise, this tab would block the other tab
    connection.database = database;
  };
  const failOpen = () => {
    throw new Error(
      `The journal ${name} did not open within 10 s. Nothing was sent. Close the other tabs of this site, or load this page again.`,
    );
  };
  try {
    signal?.throwIfAborted();
    await limitWait(work(), OPEN_LIMIT_MS, failOpen, signal);
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
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

function openDatabase(name: string): Promise<IDBDatabase> {
  const request = indexedDB.open(name);
  request.onupgradeneeded = () =>
    request.result.createObjectStore(STORE_NAME, { keyPath: 'sequence', autoIncrement: true });
  return toPromise(request);
}

const toPromise = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
