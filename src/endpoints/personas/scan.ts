import type { Persona } from '../../schemas/persona.js';
import type { PersonaPage } from './list.js';

/** A pass reads each page once, some twice where rows were deleted. */
const READS_PER_PAGE = 3;

/** How a walk goes. */
export interface IterationReport {
  /** Personas yielded. */
  readonly seen: number;
  /** Rows dropped since they came a second time within a pass: writes had shifted them. */
  readonly duplicates: number;
  /** How often the list was walked, the pass under way included. */
  readonly scans: number;
  /** The list was at rest for a whole pass: whoever existed throughout was yielded. */
  readonly complete: boolean;
}

/** A walk's report, while it walks. */
export type Walking = { -readonly [Key in keyof IterationReport]: IterationReport[Key] };

/**
 * Walk the list until it was at rest for a whole pass. It is ordered by the time of the last update and paged by offset: a
 * write in between moves rows across page borders. Any write shows: as another total, as another first row, or (where times are equal)
 * as a row seen twice.
 *
 * @param passOf everyone yielded, with the pass in which they were seen last.
 */
export async function* scan(
  read: (page: number) => Promise<PersonaPage>,
  maxScans: number,
  report: Walking,
  passOf: Map<number, number>,
): AsyncGenerator<Persona, void, void> {
  const ahead = (page: number): Promise<PersonaPage> => {
    const reading = read(page);
    reading.catch(() => {}); // the loop may be left before it is asked for
    return reading;
  };

  for (let atRest = false, before = ''; ; ) {
    let reading = ahead(1);
    let { total, pages, items } = await reading;
    const now = `${total} ${items[0]?.id} ${items[0]?.updated_at}`;
    report.complete = atRest && now === before;
    if (report.complete || report.scans === maxScans) return;
    before = now;
    atRest = true;
    report.scans++;

    // a pass ends, though the list may grow as fast as it is read; steps back are counted too, for replicas that disagree
    let stepsBack = pages;
    for (let left = READS_PER_PAGE * pages, number = 1, more = true; more; left--) {
      const page = await reading;
      const gone = total - page.total;
      if (gone !== 0) atRest = false;
      ({ total, pages } = page);
      // what was deleted let later rows move up, onto pages that were read
      const movedUp = gone > 0 && stepsBack-- > 0;
      number = movedUp ? Math.max(1, number - Math.ceil(gone / page.perPage)) : number + 1;
      more = number <= pages && left > 1;
      if (more) reading = ahead(number);
      else if (number <= pages) atRest = false;
      for (const persona of page.items) {
        const seenIn = passOf.get(persona.id);
        passOf.set(persona.id, report.scans);
        if (seenIn === report.scans) {
          report.duplicates++;
          atRest = false;
        }
        if (seenIn !== undefined) continue;
        report.seen++;
        yield persona;
      }
      report.complete = atRest && pages <= 1; // what is on one page cannot have moved between pages
      if (report.complete) return;
    }
  }
}
