import { type PersonaClientLike, readableSections } from './client-like.js';
import { stripInvisible } from './sanitize-text.js';

/**
 * Creates a function that completes persona ids by prefix, or by a part of the persona's name.
 *
 * Searches the first 100 personas. Returns nothing if the service is unavailable, because completion is optional.
 */
export const createIdCompleter =
  (client: PersonaClientLike) =>
  async (input: string): Promise<string[]> => {
    const prefix = input.toLowerCase();
    try {
      const { items } = await client.personas.list({ perPage: 100 }, { deadlineMs: 2_000 });
      return items
        .filter(
          ({ id, name }) =>
            String(id).startsWith(prefix) || stripInvisible(name).toLowerCase().includes(prefix),
        )
        .map(({ id }) => String(id));
    } catch {
      return [];
    }
  };

/** Creates a function that completes the names of the sections that the client may read. */
export const createSectionCompleter =
  (client: PersonaClientLike) =>
  (input: string): string[] =>
    readableSections(client).filter((name) => name.startsWith(input.toLowerCase()));
