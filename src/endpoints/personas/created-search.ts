import type { Search } from '../../pipeline/endpoint.js';
import type { Finding } from '../../pipeline/reconcile/lost-write.js';
import type { Persona, PersonaCreate } from '../../schemas/persona.js';
import { type CreatedScan, SCAN_PAGE_SIZE, scanCreatedSince } from './created-scan.js';
import type { listPersonas } from './list.js';
import { findClosestMatch } from './match-created.js';

/** The maximum number of pages that a search reads. */
const MAX_PAGES = 50;

type ListEndpoint = ReturnType<typeof listPersonas>;

/** Creates the search for a persona whose create had an unknown outcome. */
export const createSearch =
  (listEndpoint: ListEndpoint) =>
  ({ data }: { data: PersonaCreate }): Search<Persona> =>
  async (sinceEpochMs, run, isTaken) => {
    // Redaction would hide fields from the comparison, so the search reads without redaction.
    const internalList = { ...listEndpoint, internal: true } as const;
    const readPage = (page: number) => run(internalList, { page, perPage: SCAN_PAGE_SIZE });
    return findCreated(await scanCreatedSince(readPage, sinceEpochMs, MAX_PAGES), data, isTaken);
  };

/** Searches the personas of a scan for the one that a create with this data produced. */
export function findCreated(
  { personas, pagesRead, gap }: CreatedScan,
  data: PersonaCreate,
  isTaken: (persona: Persona) => boolean,
): Finding<Persona> {
  const match = findClosestMatch(
    personas.filter((persona) => !isTaken(persona)),
    data,
  );
  if (match) return { outcome: 'found', match };
  return gap === undefined ? { outcome: 'absent', pagesRead } : { outcome: 'inconclusive', reason: gap };
}
