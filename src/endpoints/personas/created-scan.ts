import type { Persona } from '../../schemas/persona.js';
import type { PersonaPage } from './list.js';
import { countMissingRows, isLastPage } from './page-counts.js';

export const SCAN_PAGE_SIZE = 100;
/** The maximum number of empty pages in a row. A service that hides many rows has several. */
const MAX_EMPTY_PAGES = 5;

type Page = Omit<PersonaPage<Persona>, 'nextPage'>;

/** The personas in the list that were created since a time. */
export interface CreatedScan {
  readonly personas: Persona[];
  readonly pagesRead: number;
  /** Why the scan may lack personas. `undefined` if the list is complete. */
  readonly gap: string | undefined;
}

/**
 * Reads the list up to the first page that ends before `sinceEpochMs`.
 *
 * The list is sorted by update time, newest first. A row that moves during the scan may appear twice.
 */
export async function scanCreatedSince(
  readPage: (page: number) => Promise<Page>,
  sinceEpochMs: number,
  maxPages = Number.POSITIVE_INFINITY,
): Promise<CreatedScan> {
  const createdById = new Map<number, Persona>();
  const seenIds = new Set<number>();
  let missingRows = 0;
  let emptyPages = 0;
  for (let pageNumber = 1; ; pageNumber++) {
    const page = await readPage(pageNumber);
    const { items } = page;
    missingRows += countMissingRows(page);
    emptyPages = items.length === 0 ? emptyPages + 1 : 0;
    const isRepeated = items.length > 0 && items.every(({ id }) => seenIds.has(id));
    for (const persona of items) {
      seenIds.add(persona.id);
      if (Date.parse(persona.created_at) >= sinceEpochMs) createdById.set(persona.id, persona);
    }
    const oldest = items.at(-1);
    const isEnd =
      isLastPage(page, pageNumber >= page.pages) ||
      (oldest !== undefined && Date.parse(oldest.updated_at) < sinceEpochMs);
    const isCutShort = pageNumber === maxPages || emptyPages === MAX_EMPTY_PAGES || isRepeated;
    if (!isEnd && !isCutShort) continue;
    const personas = [...createdById.values()];
    const unverified = personas.some(lacksLists)
      ? 'has personas whose list fields could not be verified'
      : undefined;
    const fault = isRepeated ? 'repeats a page' : isEnd ? unverified : 'is too long';
    return { personas, pagesRead: pageNumber, gap: describeGap(missingRows, fault) };
  }
}

const describeGap = (missingRows: number, fault: string | undefined): string | undefined =>
  missingRows > 0
    ? `the service hides ${missingRows} of the rows that it counts in its list`
    : fault && `the list ${fault}`;

const LIST_FIELDS = {
  psychographic: ['interests', 'personal_values', 'attitudes', 'opinions'],
  behavioral: ['browsing_habits', 'purchase_history', 'brand_interactions'],
} as const;

/**
 * Whether the client has omitted a list of the persona, so that a comparison proves nothing.
 *
 * A category with `persona_id` is a database row, which has all lists. The client omits a list that may be the characters of
 * its JSON text.
 */
const lacksLists = (persona: Persona): boolean =>
  (['psychographic', 'behavioral'] as const).some((category) => {
    const fields = Object(persona[category]);
    return (
      Number.isSafeInteger(fields.persona_id) && LIST_FIELDS[category].some((field) => !(field in fields))
    );
  });
