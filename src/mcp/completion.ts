import { visible } from './clean.js';
import type { PersonaClientLike } from './client-like.js';
import { SECTIONS } from './names.js';

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

export const completeSection = (typed: string): string[] =>
  SECTIONS.filter((name) => name.startsWith(typed.toLowerCase()));
