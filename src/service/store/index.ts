/** Stores for the personas of a local service: memory, SQLite, or a custom store. */
import type { PersonaServiceOptions } from '../options.js';
import { createSeedPersonas } from '../seed/index.js';
import { createMemoryStore } from './memory.js';
import { createSqliteStore } from './sqlite.js';
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
  const isCustomStore = typeof storeOption === 'object' && 'list' in storeOption;
  const store = isCustomStore
    ? storeOption
    : storeOption === 'memory'
      ? createMemoryStore(now)
      : createSqliteStore(storeOption.sqlite, now);
  const { total } = await store.list({ offset: 0, limit: 1 });
  if (total === 0) await store.seed(createSeedPersonas(seed, now(), published));
  return {
    store,
    close: async () => {
      if (!isCustomStore) await store.close();
    },
  };
}
