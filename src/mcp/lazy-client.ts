import type { PersonaClientLike } from './client-like.js';

/** A client that is made when first called: what is needed to answer `initialize` is a small part of it all. */
export function lazyClient<Client extends PersonaClientLike>(load: () => Promise<Client>): PersonaClientLike {
  const category = <Name extends 'demographic' | 'psychographic' | 'behavioral' | 'contextual'>(name: Name) =>
    ({
      get: async (id: number, options?: object) => (await load())[name].get(id, options),
      update: async (id: number, data: Record<string, never>, options?: object) =>
        (await load())[name].update(id, data, options),
    }) as PersonaClientLike[Name];
  return {
    personas: {
      list: async (...args) => (await load()).personas.list(...args),
      get: async (...args) => (await load()).personas.get(...args),
      create: async (...args) => (await load()).personas.create(...args),
      update: async (...args) => (await load()).personas.update(...args),
      delete: async (...args) => (await load()).personas.delete(...args),
      async *iterate(...args) {
        yield* (await load()).personas.iterate(...args);
      },
    },
    demographic: category('demographic'),
    psychographic: category('psychographic'),
    behavioral: category('behavioral'),
    contextual: category('contextual'),
    fieldConfig: { get: async (...args) => (await load()).fieldConfig.get(...args) },
    schema: { get: async (...args) => (await load()).schema.get(...args) },
  };
}
