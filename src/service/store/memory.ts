import { createMonotonicClock } from '../timestamps.js';
import {
  CATEGORIES,
  type Category,
  type CategoryRow,
  type PersonaDraft,
  type PersonaStore,
  type StoredPersona,
} from './types.js';

/** Creates a store in memory. */
export function createMemoryStore(now: () => number): PersonaStore {
  const clock = createMonotonicClock(now);
  // Ordered by last write, oldest first, which is the reverse order of `list`.
  const personas = new Map<number, StoredPersona>();
  const lastIds = { persona: 0, demographic: 0, psychographic: 0, behavioral: 0, contextual: 0 };

  function mergeCategories(current: StoredPersona['categories'], changes: PersonaDraft['categories']) {
    const categories: Partial<Record<Category, CategoryRow>> = { ...current };
    for (const category of CATEGORIES) {
      const fields = changes[category];
      if (fields === undefined) continue;
      const row = categories[category];
      categories[category] = {
        id: row?.id ?? ++lastIds[category],
        fields: { ...row?.fields, ...fields },
      };
    }
    return categories;
  }

  function insert(draft: PersonaDraft, createdAt: number, updatedAt: number): StoredPersona {
    const id = ++lastIds.persona;
    const categories = mergeCategories({}, draft.categories);
    const persona = { id, name: draft.name, createdAt, updatedAt, categories };
    personas.set(id, persona);
    return persona;
  }

  return {
    list: ({ offset, limit }) => {
      const newestFirst = [...personas.values()].reverse();
      return { personas: newestFirst.slice(offset, offset + limit), total: personas.size };
    },
    get: (id) => personas.get(id),
    create: (draft) => insert(draft, clock(), clock()),
    update: (id, patch) => {
      const current = personas.get(id);
      if (current === undefined) return undefined;
      const categories = mergeCategories(current.categories, patch.categories);
      const persona = { ...current, name: patch.name ?? current.name, updatedAt: clock(), categories };
      personas.delete(id);
      personas.set(id, persona);
      return persona;
    },
    delete: (id) => {
      const existed = personas.delete(id);
      while (lastIds.persona > 0 && !personas.has(lastIds.persona)) lastIds.persona -= 1;
      return existed;
    },
    seed: (seeds) => {
      for (const seed of seeds) insert(seed, seed.createdAt, seed.createdAt);
    },
    close: () => {},
  };
}
