import type { Run, Search } from '../../pipeline/endpoint.js';
import type { Persona, PersonaCreate } from '../../schemas/persona.js';
import type { listPersonas } from './list.js';

/** The maximum number of pages that a search reads. */
const MAX_PAGES = 50;
const SEARCH_PAGE_SIZE = 100;

type ListEndpoint = ReturnType<typeof listPersonas>;

/** Creates the search for a persona whose create had an unknown outcome. Lists return recently updated personas first. */
export const createSearch =
  (listEndpoint: ListEndpoint) =>
  ({ data }: { data: PersonaCreate }): Search<Persona> =>
  async (sinceEpochMs, run) => {
    const { personas, exhaustive } = await readUpdatedSince(sinceEpochMs, listEndpoint, run);
    const matches = personas
      .filter((persona) => Date.parse(persona.created_at) >= sinceEpochMs && includesData(persona, data))
      .sort((a, b) => a.id - b.id);
    return { matches, exhaustive };
  };

async function readUpdatedSince(
  sinceEpochMs: number,
  listEndpoint: ListEndpoint,
  run: Run,
): Promise<{ personas: Persona[]; exhaustive: boolean }> {
  // Redaction would hide fields from the comparison, so the search reads without redaction.
  const internalList = { ...listEndpoint, internal: true } as const;
  const personas: Persona[] = [];
  for (let page = 1; page <= MAX_PAGES; page++) {
    const { items, pages } = await run(internalList, { page, perPage: SEARCH_PAGE_SIZE });
    personas.push(...items);
    const oldest = items.at(-1);
    if (page >= pages || oldest === undefined || Date.parse(oldest.updated_at) < sinceEpochMs)
      return { personas, exhaustive: true };
  }
  return { personas, exhaustive: false };
}

/** Whether the stored data includes all written data. An omitted or `null` value matches any stored value. */
function includesData(stored: unknown, written: unknown): boolean {
  if (written === undefined || written === null) return true;
  if (Array.isArray(written))
    return (
      Array.isArray(stored) &&
      stored.length === written.length &&
      written.every((item, index) => includesData(stored[index], item))
    );
  if (typeof written === 'object') {
    if (typeof stored !== 'object' || stored === null)
      return Object.values(written).every((value) => value == null);
    return Object.entries(written).every(([key, value]) =>
      includesData((stored as Record<string, unknown>)[key], value),
    );
  }
  return stored === written;
}
