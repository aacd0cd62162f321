import { getFieldConfigWithSource, type PersonaIteration, type ServedClient } from './client-like.js';
import type { Section } from './sections.js';

/** Creates a client that loads on the first call, so that `initialize` does not wait for the SDK to load. */
export function createLazyClient<Client extends ServedClient>(load: () => Promise<Client>): ServedClient {
  const createCategory = <Name extends Section>(name: Name) =>
    ({
      get: async (id: number, options?: object) => (await load())[name].get(id, options),
      update: async (id: number, data: Record<string, never>, options?: object) =>
        (await load())[name].update(id, data, options),
    }) as ServedClient[Name];
  return {
    personas: {
      list: async (...args) => (await load()).personas.list(...args),
      get: async (...args) => (await load()).personas.get(...args),
      create: async (...args) => (await load()).personas.create(...args),
      update: async (...args) => (await load()).personas.update(...args),
      delete: async (...args) => (await load()).personas.delete(...args),
      iterate: (...args) => {
        let iteration: PersonaIteration | undefined;
        return {
          async *[Symbol.asyncIterator]() {
            iteration = (await load()).personas.iterate(...args);
            yield* iteration;
          },
          get report() {
            return iteration?.report;
          },
        };
      },
    },
    demographic: createCategory('demographic'),
    psychographic: createCategory('psychographic'),
    behavioral: createCategory('behavioral'),
    contextual: createCategory('contextual'),
    fieldConfig: { get: async (...args) => (await load()).fieldConfig.get(...args) },
    schema: { get: async (...args) => (await load()).schema.get(...args) },
    withMeta: {
      fieldConfig: { get: async (...args) => getFieldConfigWithSource(await load(), ...args) },
    },
  };
}
