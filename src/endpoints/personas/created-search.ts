import type { Run, Search } from '../../pipeline/endpoint.js';
import type { Persona, PersonaCreate } from '../../schemas/persona.js';
import type { listPersonas } from './list.js';

/** How far back a persona is looked for: so many of the most recently updated. */
const PAGES = 50;
const PER_PAGE = 100;

/** What a create may have left behind: lists come newest first, so it is at their top. */
export const createSearch =
  (list: ReturnType<typeof listPersonas>) =>
  ({ data }: { data: PersonaCreate }): Search<Persona> =>
  async (since, run) => {
    const { recent, whole } = await updatedSince(since, list, run);
    const found = recent
      .filter((persona) => Date.parse(persona.created_at) >= since && holds(persona, data))
      .sort((a, b) => a.id - b.id);
    return { found, exhaustive: whole };
  };

async function updatedSince(
  since: number,
  list: ReturnType<typeof listPersonas>,
  run: Run,
): Promise<{ recent: Persona[]; whole: boolean }> {
  const inside = { ...list, internal: true } as const; // compared with what was written: nothing may be hidden
  const recent: Persona[] = [];
  for (let page = 1; page <= PAGES; page++) {
    const { items, pages } = await run(inside, { page, perPage: PER_PAGE });
    recent.push(...items);
    const oldest = items.at(-1);
    if (page >= pages || oldest === undefined || Date.parse(oldest.updated_at) < since)
      return { recent, whole: true };
  }
  return { recent, whole: false };
}

/** All that was written stands there; what was not given, or null, may have become anything. */
function holds(stored: unknown, written: unknown): boolean {
  if (written === undefined || written === null) return true;
  if (Array.isArray(written))
    return (
      Array.isArray(stored) &&
      stored.length === written.length &&
      written.every((item, index) => holds(stored[index], item))
    );
  if (typeof written === 'object') {
    if (typeof stored !== 'object' || stored === null)
      return Object.values(written).every((value) => value == null);
    return Object.entries(written).every(([key, value]) =>
      holds((stored as Record<string, unknown>)[key], value),
    );
  }
  return stored === written;
}
