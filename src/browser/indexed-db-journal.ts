import type { Journal, JournalEntry } from '../collections/index.js';

/** How an {@link indexedDbJournal} keeps what it is given. */
export interface IndexedDbJournalOptions {
  /**
   * Have the disk itself confirm every write. `false`: what was written outlasts the end of the tab and of the browser, however they
   * end, and is lost only when the machine stops at once, by a power cut for example. `true`: it outlasts that as well, for
   * one flush of the disk per group of entries. @default false
   */
  readonly sync?: boolean;
}

/** Entries that were appended together, by the order of their coming. */
interface Group {
  readonly at: number;
  readonly entries: readonly JournalEntry[];
}

const STORE = 'persona-client journal';
const GROUPS_PER_READ = 500;

/**
 * A journal in the browser, for runs of `persona-client/collections`: a tab that was closed, or crashed, in the middle of a run goes on
 * when the page is opened again. It holds places, digests and ids, no data of personas.
 *
 * It is an IndexedDB database of this name, made if it is not there; `indexedDB.deleteDatabase(name)` removes it when the run is
 * complete. One run of all tabs has it at a time. A browser that runs short of space may remove all that a site
 * has kept, a journal too, unless `navigator.storage.persist()` has forbidden it.
 *
 * A run is refused where there are no Web Locks to keep other tabs out: on pages over plain `http:`, save from this machine.
 *
 * @example
 * ```ts
 * const run = createMany(client, rows, { journal: indexedDbJournal('import') });
 * ```
 */
export function indexedDbJournal(name: string, { sync = false }: IndexedDbJournalOptions = {}): Journal {
  const durability = sync ? 'strict' : 'relaxed';
  let own: { readonly database: IDBDatabase; readonly letGo: () => Promise<void> } | undefined;

  async function* entries(database: IDBDatabase): AsyncGenerator<JournalEntry> {
    for (let last = 0; ; ) {
      const store = database.transaction(STORE).objectStore(STORE);
      const after = IDBKeyRange.lowerBound(last, true);
      const groups = await answerTo<Group[]>(store.getAll(after, GROUPS_PER_READ));
      for (const group of groups) yield* group.entries;
      last = groups.at(-1)?.at ?? last;
      if (groups.length < GROUPS_PER_READ) return;
    }
  }

  return {
    open: async () => {
      const letGo = await hold(`${STORE} ${name}`);
      if (!letGo) throw new Error(`The journal ${name} is in use by another run.`);
      try {
        const database = await databaseOf(name);
        own = { database, letGo };
        return entries(database);
      } catch (error) {
        await letGo();
        throw error;
      }
    },
    append: async (added) => {
      if (!own) throw new Error(`The journal ${name} is not open.`);
      const writing = own.database.transaction(STORE, 'readwrite', { durability });
      writing.objectStore(STORE).add({ entries: added });
      await new Promise<void>((resolve, reject) => {
        writing.oncomplete = () => resolve();
        writing.onabort = () => reject(writing.error); // also where a request failed: no room is left, for example
      });
    },
    close: async () => {
      own?.database.close();
      await own?.letGo();
      own = undefined;
    },
  };
}

/** @returns how to let go of it; `undefined` when someone else holds it, in whatever tab. */
function hold(name: string): Promise<(() => Promise<void>) | undefined> {
  const { locks } = globalThis.navigator;
  if (locks === undefined)
    throw new Error('indexedDbJournal needs Web Locks, which pages have over https: and from this machine.');
  return new Promise((resolve, reject) => {
    const over = locks.request(name, { ifAvailable: true }, (lock) => {
      if (!lock) return resolve(undefined);
      return new Promise<void>((end) => {
        resolve(() => {
          end();
          return over;
        });
      });
    });
    over.catch(reject);
  });
}

async function databaseOf(name: string): Promise<IDBDatabase> {
  const opening = indexedDB.open(name);
  opening.onupgradeneeded = () =>
    opening.result.createObjectStore(STORE, { keyPath: 'at', autoIncrement: true });
  const database = await answerTo(opening);
  if (database.objectStoreNames.contains(STORE)) return database;
  database.close();
  throw new Error(`The database ${name} is something other than a journal. Nothing was sent.`);
}

const answerTo = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
