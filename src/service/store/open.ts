import type { PersonaServiceOptions } from '../options.js';
import { seedPersonas } from '../seed/index.js';
import { createMemoryStore } from './memory.js';
import { createSqliteStore } from './sqlite.js';
import type { PersonaStore } from './types.js';

/** A store ready for use, and what to do with it when the service closes. */
export interface OpenStore {
  readonly store: PersonaStore;
  close(): Promise<void>;
}

/** Opens the store of the options, and seeds it when it is empty. */
export async function openStore(
  { store: choice = 'memory', seed = true }: PersonaServiceOptions,
  now: () => number,
): Promise<OpenStore> {
  const given = typeof choice === 'object' && 'list' in choice;
  const store = given
    ? choice
    : choice === 'memory'
      ? createMemoryStore(now)
      : createSqliteStore(choice.sqlite, now);
  const { total } = await store.list({ offset: 0, limit: 1 });
  if (total === 0) await store.seed(seedPersonas(seed, now()));
  return {
    store,
    close: async () => {
      if (!given) await store.close();
    },
  };
}
