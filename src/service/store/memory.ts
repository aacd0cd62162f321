import { createClock } from '../timestamps.js';
import {
  CATEGORIES,
  type Category,
  type CategoryRow,
  type PersonaDraft,
  type PersonaStore,
  type StoredPersona,
} from './types.js';

/**
 * A store that lives as long as the process. The map is kept in order of writing, which is the order of the
 * list reversed, since every write is later than all before it.
 */
export function createMemoryStore(now: () => number): PersonaStore {
  const clock = createClock(now);
  const personas = new Map<number, StoredPersona>();
  const lastIds = { persona: 0, demographic: 0, psychographic: 0, behavioral: 0, contextual: 0 };

  function merged(old: StoredPersona['categories'], written: PersonaDraft['categories']) {
    const categories: Partial<Record<Category, CategoryRow>> = { ...old };
    for (const category of CATEGORIES) {
      const fields = written[category];
      if (fields === undefined) continue;
      const row = categories[category];
      categories[category] = {
        id: row?.id ?? ++lastIds[category],
        fields: { ...row?.fields, ...fields },
      };
    }
    return categories;
  }

  function insert(draft: PersonaDraft, at: number): StoredPersona {
    const id = ++lastIds.persona;
    const categories = merged({}, draft.categories);
    const persona = { id, name: draft.name, createdAt: at, updatedAt: at, categories };
    personas.set(id, persona);
    return persona;
  }

  return {
    list: ({ offset, limit }) => {
      const newestFirst = [...personas.values()].reverse();
      return { personas: newestFirst.slice(offset, offset + limit), total: personas.size };
    },
    get: (id) => personas.get(id),
    create: (draft) => insert(draft, clock()),
    update: (id, patch) => {
      const old = personas.get(id);
      if (old === undefined) return undefined;
      const categories = merged(old.categories, patch.categories);
      const persona = { ...old, name: patch.name ?? old.name, updatedAt: clock(), categories };
      personas.delete(id);
      personas.set(id, persona);
      return persona;
    },
    delete: (id) => personas.delete(id),
    seed: (seeds) => {
      for (const seed of seeds) insert(seed, seed.at);
    },
    close: () => {},
  };
}
