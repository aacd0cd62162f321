/** Stores for the personas of a local service: memory, SQLite, or a custom store. */
import type { PersonaServiceOptions } from '../options.js';
import { createSeedPersonas } from '../seed/index.js';
import { createMemoryStore } from './memory.js';
import { createSqliteStore } from './sqlite.js';
import { StoreError } from './store-error.js';
import type { PersonaStore } from './types.js';

/** An open store. `close` closes the store, unless the caller passed a custom store. */
interface OpenStore {
  readonly store: PersonaStore;
  close(): Promise<void>;
}

/** Opens the store that the options select, and seeds it if it is empty. */
export async function openStore(
  { store: storeOption = 'memory', seed = true, published = false }: PersonaServiceOptions,
  now: () => number,
): Promise<OpenStore> {
  const sqlitePath =
    typeof storeOption === 'object' && 'sqlite' in storeOption ? storeOption.sqlite : undefined;
  const isCustomStore = typeof storeOption === 'object' && 'list' in storeOption;
  const store = isCustomStore
    ? storeOption
    : sqlitePath === undefined
      ? createMemoryStore(now)
      : createSqliteStore(sqlitePath, now);
  const close = async () => {
    if (!isCustomStore) await store.close();
  };
  try {
    const { total } = await store.list({ offset: 0, limit: 1 });
    if (total === 0) await store.seed(createSeedPersonas(seed, now(), published));
    return { store, close };
  } catch (error) {
    await close();
    if (!(error instanceof StoreError)) throw error;
    throw new Error(`Cannot fill ${sqlitePath} as the database of the service: ${error.message}`); // see openDatabase
  }
}
