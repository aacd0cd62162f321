import type { Persona } from '../../schemas/persona.js';
import type { MutableReport } from './iteration-types.js';
import { countMissingRows, isLastPage } from './page-counts.js';
import { ListCursor } from './page-cursor.js';
import type { PageQuery, ReadPage, ScanPage } from './page-reader.js';
import { ScanProgress } from './scan-progress.js';
import type { UpdateWindow } from './update-window.js';
import { WindowCursor } from './window-cursor.js';

/** The result of one scan. */
export interface ScanResult {
  /** Whether the responses agree about the total, the order and, for the whole list, the page size, and no limit ended the scan. */
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
  /** Whether one response contains all rows of the scan. Then no row can have moved between two responses. */
  isOneResponse: boolean;
}

/**
 * Reads the list once, and yields the personas of the window that no scan has seen. Prefetches one page.
 *
 * @param record records that this scan saw a persona. Returns the previous scan that saw it, `undefined` if none.
 */
export async function* scanOnce(
  readPage: ReadPage,
  firstQuery: PageQuery,
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
  const { isBounded } = window;
  const cursor = isBounded ? new WindowCursor(firstPage) : new ListCursor(firstPage, firstQuery);
  let { total } = firstPage;
  let readsLeft = cursor.maxReads;
  let pagePromise = Promise.resolve(firstPage);
  let newRowCount = 0;
  for (let hasMore = true; hasMore; readsLeft--) {
    const page = await pagePromise;
    const { query } = cursor;
    const { items, pages, perPage } = page;
    const deletedCount = total - page.total;
    if (deletedCount !== 0 || (!isBounded && perPage !== firstPage.perPage))
      result.wasStable = result.isOneResponse = false;
    report.total = total = page.total;
    result.missingRows += countMissingRows(page);
    result.ignoresPage ||= query.page > 1 && page.page === firstPage.page;

    // If a service hides rows, pages with rows can follow an empty page. The last page shows whether any do.
    const isFirstEmptyPage = items.length === 0 && query.page < pages && progress.isFirstEmptyPage;
    window.checkOrder(items);
    const isPastWindow = window.endsOn(items);
    const isUsable = cursor.accept(page, deletedCount, newRowCount > 0);
    const hasStopped =
      result.ignoresPage ||
      progress.hasStopped ||
      (isFirstEmptyPage && (await readPage({ ...query, page: pages })).items.length === 0);
    const isAtEnd = isLastPage(page, cursor.isPastTotal) || (isUsable && isPastWindow);
    const isUnsorted = window.isBounded !== isBounded; // then the next scan reads every page
    hasMore = !hasStopped && !isAtEnd && !isUnsorted && (cursor.isPastTotal || readsLeft > 1);
    result.expectedRows = isAtEnd ? Math.min(total, cursor.rowCount) : total;
    if (hasMore) {
      result.isOneResponse &&= cursor.isPastTotal; // a page past the total is not a second response: it is empty if the total is right
      pagePromise = readPage(cursor.query);
      pagePromise.catch(() => {}); // the consumer may stop before it awaits this page
    } else if (!isAtEnd && !hasStopped) result.wasStable = false;
    if (!hasMore && (hasStopped || !isAtEnd)) result.readAllPages = result.isOneResponse = false;

    newRowCount = 0;
    let { overlap } = cursor;
    for (const persona of isUsable ? items : []) {
      const lastScan = record(persona);
      if (lastScan === report.scans) {
        if (overlap-- > 0) continue;
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
    progress.record(cursor.rowCount, items.length, newRowCount);
  }
  return result;
}
