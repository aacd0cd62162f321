import type { Persona } from '../../schemas/persona.js';
import type { MutableReport } from './iteration-types.js';
import { countMissingRows } from './missing-rows.js';
import type { ReadPage, ScanPage } from './page-reader.js';
import { ScanProgress } from './scan-progress.js';
import type { UpdateWindow } from './update-window.js';

/** Limits the requests of one scan. A scan reads each page once, and some pages again after deletions. */
const MAX_READS_PER_PAGE = 3;

/** The result of one scan. */
export interface ScanResult {
  /** Whether the responses agree about the total and the page size, and the scan did not stop because of its limits. */
  wasStable: boolean;
  /** The number of rows that the pages lack. */
  missingRows: number;
  repeatedRows: number;
  /** The number of personas that no scan since `firstScan` had seen. */
  newPersonas: number;
  /** Whether the service returned the first page in place of another one. */
  ignoresPage: boolean;
  /** The number of rows that the pages of the scan must have, according to the totals of the responses. */
  expectedRows: number;
  /** Whether the scan read all pages that it had to read. */
  readAllPages: boolean;
  /** Whether one response contains all rows of the scan, so that no row moved between two responses. */
  isOneResponse: boolean;
}

/**
 * Reads the list once, and yields the personas of the window that no scan has seen. Prefetches one page.
 *
 * @param record records that this scan saw a persona. Returns the previous scan that saw it, `undefined` if none.
 */
export async function* scanOnce(
  readPage: ReadPage,
  firstPage: ScanPage,
  report: MutableReport,
  record: (persona: Persona) => number | undefined,
  firstScan: number,
  window: UpdateWindow,
): AsyncGenerator<Persona, ScanResult, void> {
  const result = {
    wasStable: true,
    missingRows: 0,
    repeatedRows: 0,
    newPersonas: 0,
    ignoresPage: false,
    expectedRows: firstPage.total,
    readAllPages: true,
    isOneResponse: true,
  };
  const progress = new ScanProgress();
  let { total } = firstPage;
  // These limits and the progress ensure that the scan ends. The list may grow as fast as the client reads, replicas may
  // disagree about the total, and the total may be wrong.
  let backtracksLeft = firstPage.pages;
  let readsLeft = MAX_READS_PER_PAGE * firstPage.pages;
  let pagePromise = Promise.resolve(firstPage);
  for (let pageNumber = 1, hasMore = true; hasMore; readsLeft--) {
    const page = await pagePromise;
    const currentPage = pageNumber;
    const { items, pages, perPage } = page;
    const deletedCount = total - page.total;
    if (deletedCount !== 0 || perPage !== firstPage.perPage) result.wasStable = result.isOneResponse = false;
    report.total = total = page.total;
    result.missingRows += countMissingRows(page);
    result.ignoresPage ||= currentPage > 1 && page.page === firstPage.page;

    // If a service hides rows, pages with rows can follow an empty page. The last page shows whether any do.
    const isFirstEmptyPage = items.length === 0 && currentPage < pages && progress.isFirstEmptyPage;
    const hasStopped =
      result.ignoresPage ||
      progress.hasStopped ||
      (isFirstEmptyPage && (await readPage(pages)).items.length === 0);
    // Deletions move later rows up, to pages that the scan has already read. A service may count before it reads the rows, so
    // the total can be older than the rows. A scan of the whole list notices at its end that a row is missing. A scan of a bounded
    // window cannot notice that, so it goes back one more page.
    const shouldBacktrack = deletedCount > 0 && backtracksLeft-- > 0;
    const movedPages = Math.ceil(deletedCount / perPage) + (window.isBounded ? 1 : 0);
    const isPastWindow = window.endsOn(items);
    pageNumber = shouldBacktrack ? Math.max(1, currentPage - movedPages) : currentPage + 1;
    // The total may be too low. Then rows can follow a full page.
    const isPastTotal = (pageNumber - 1) * perPage >= total;
    const isLastPage = (isPastTotal && items.length < perPage) || (isPastWindow && !shouldBacktrack);
    hasMore = !hasStopped && !isLastPage && (isPastTotal || readsLeft > 1);
    result.expectedRows = isLastPage ? Math.min(total, currentPage * perPage) : total;
    if (hasMore) {
      result.isOneResponse &&= isPastTotal; // a page past the total has no rows if the total is right
      pagePromise = readPage(pageNumber);
      pagePromise.catch(() => {}); // the consumer may stop before it awaits this page
    } else if (!isLastPage && !hasStopped) result.wasStable = false;
    if (!hasMore && (hasStopped || !isLastPage)) result.readAllPages = result.isOneResponse = false;
    if (deletedCount > 0 && !shouldBacktrack) result.readAllPages = false;

    let newRowCount = 0;
    for (const persona of items) {
      const lastScan = record(persona);
      if (lastScan === report.scans) {
        report.duplicates++;
        result.repeatedRows++;
        continue;
      }
      newRowCount++;
      if (lastScan === undefined || lastScan < firstScan) result.newPersonas++;
      if (lastScan !== undefined || !window.includes(persona)) continue;
      report.yielded++;
      yield persona;
    }
    progress.record(currentPage, items.length, newRowCount);
  }
  return result;
}
