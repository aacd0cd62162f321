import { type PersonaClientLike, readableSections } from './client-like.js';
import { visible } from './sanitize-text.js';

/** Ids that begin as typed, or whose persona's name contains it. None while the service is away: it is help, not an answer. */
export const completeId =
  (client: PersonaClientLike) =>
  async (typed: string): Promise<string[]> => {
    const sought = typed.toLowerCase();
    try {
      const { items } = await client.personas.list({ perPage: 100 }, { deadlineMs: 2_000 });
      return items
        .filter(
          ({ id, name }) => String(id).startsWith(sought) || visible(name).toLowerCase().includes(sought),
        )
        .map(({ id }) => String(id));
    } catch {
      return [];
    }
  };

export const completeSection =
  (client: PersonaClientLike) =>
  (typed: string): string[] =>
    readableSections(client).filter((name) => name.startsWith(typed.toLowerCase()));
