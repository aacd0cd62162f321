import type { Persona } from '../../schemas/persona.js';
import type { PersonaPage } from './list.js';

/** Limits the requests of one scan. A scan reads each page once, and some pages again after deletions. */
const MAX_READS_PER_PAGE = 3;

/** The statistics of an iteration. */
export interface IterationReport {
  /** The number of yielded personas. */
  readonly yielded: number;
  /** The number of rows that a scan read more than once, because writes moved rows between pages. */
  readonly duplicates: number;
  /** The number of scans of the list, including the current one. */
  readonly scans: number;
  /**
   * Whether a whole scan saw no change of the list. If `true`, the iterator yielded every persona that existed throughout
   * the iteration.
   */
  readonly complete: boolean;
}

export type MutableReport = { -readonly [Key in keyof IterationReport]: IterationReport[Key] };

/**
 * Scans the list until a whole scan sees no change, at most `maxScans` times.
 *
 * The list is sorted by update time and paged by offset, so a write moves rows across pages. The scan detects a write
 * that changes the total or the first row. Only a write with the update time of the first row may change neither. If
 * such a write moves a row from an unread page to a page already read, another row repeats, which the scan also detects.
 *
 * @param lastScanById maps the id of each yielded persona to the number of the last scan that saw this persona. 0 means
 * an earlier iteration.
 */
export async function* scan(
  readPage: (page: number) => Promise<PersonaPage>,
  maxScans: number,
  report: MutableReport,
  lastScanById: Map<number, number>,
): AsyncGenerator<Persona, void, void> {
  const prefetch = (page: number): Promise<PersonaPage> => {
    const pagePromise = readPage(page);
    pagePromise.catch(() => {}); // the consumer may stop before it awaits this page
    return pagePromise;
  };

  for (let isStable = false, lastFingerprint = ''; ; ) {
    let pagePromise = prefetch(1);
    let { total, pages, items } = await pagePromise;
    const fingerprint = `${total} ${items[0]?.id} ${items[0]?.updated_at}`;
    report.complete = isStable && fingerprint === lastFingerprint;
    if (report.complete || report.scans === maxScans) return;
    lastFingerprint = fingerprint;
    isStable = true;
    report.scans++;

    // Two limits ensure that the scan ends. The list may grow as fast as the client reads, and replicas may disagree
    // about the total.
    let backtracksLeft = pages;
    for (let readsLeft = MAX_READS_PER_PAGE * pages, pageNumber = 1, hasMore = true; hasMore; readsLeft--) {
      const page = await pagePromise;
      const deletedCount = total - page.total;
      if (deletedCount !== 0) isStable = false;
      ({ total, pages } = page);
      // Deletions move later rows up, to pages that the scan has already read.
      const shouldBacktrack = deletedCount > 0 && backtracksLeft-- > 0;
      pageNumber = shouldBacktrack
        ? Math.max(1, pageNumber - Math.ceil(deletedCount / page.perPage))
        : pageNumber + 1;
      hasMore = pageNumber <= pages && readsLeft > 1;
      if (hasMore) pagePromise = prefetch(pageNumber);
      else if (pageNumber <= pages) isStable = false;
      for (const persona of page.items) {
        const lastScan = lastScanById.get(persona.id);
        lastScanById.set(persona.id, report.scans);
        if (lastScan === report.scans) {
          report.duplicates++;
          isStable = false;
        }
        if (lastScan !== undefined) continue;
        report.yielded++;
        yield persona;
      }
      report.complete = isStable && pages <= 1; // rows of a single page cannot move between pages
      if (report.complete) return;
    }
  }
}
