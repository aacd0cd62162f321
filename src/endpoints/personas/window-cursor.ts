import { countMissingRows } from './page-counts.js';
import { MAX_READS_PER_PAGE, type PageCursor } from './page-cursor.js';
import type { PageQuery, ScanPage } from './page-reader.js';
import { toUpdateMs } from './update-window.js';

/**
 * Reads the start of a list that is sorted by update time. It misses no row that other clients leave unchanged.
 *
 * Each page should begin with a row that the scan has read. Then no row is between two pages.
 * Otherwise, deletions moved rows up, and the next page begins earlier. The service accepts a page number but no offset, so the
 * cursor changes the page size to let pages overlap.
 */
export class WindowCursor implements PageCursor {
  query: PageQuery;
  rowCount = 0;
  overlap = 0;
  isPastTotal = false;
  readonly maxReads: number;
  readonly #maxPerPage: number;
  /** Update time of the last row of the last page. The scan has read all rows that are newer. */
  #edgeMs = Number.POSITIVE_INFINITY;
  /** The ids of the rows with exactly this time that the scan has read. */
  #edgeIds = new Set<number>();
  /** How many rows to go back if the next page is not connected. Doubles until a page is. */
  #rowsBack = 1;
  #lastPageHasGaps = false;

  constructor({ pages, perPage }: ScanPage) {
    this.maxReads = 2 * MAX_READS_PER_PAGE * pages; // small pages that overlap have few new rows
    this.#maxPerPage = perPage;
    this.query = { page: 1, perPage };
  }

  accept(page: ScanPage, deletedCount: number): boolean {
    const { items, perPage, total } = page;
    const offset = (this.query.page - 1) * perPage;
    const hasGaps = countMissingRows(page) > 0;
    const isFixedSize = perPage !== this.query.perPage;
    // If the page size is fixed, or the service may hide the row that connects two pages, only the total shows deletions.
    const canOverlap = !isFixedSize && !hasGaps && !this.#lastPageHasGaps;
    const isConnected = offset === 0 || this.#hasRead(items[0]) || (!canOverlap && deletedCount <= 0);
    if (isConnected) {
      this.overlap = this.rowCount - offset;
      this.#moveEdge(items);
      this.rowCount = offset + perPage;
      this.#rowsBack = 1;
      this.#lastPageHasGaps = hasGaps;
    } else {
      // Twice the deleted rows, because as many may be deleted before the next request.
      this.rowCount = Math.max(1, this.rowCount - Math.max(this.#rowsBack, 2 * deletedCount));
      this.#rowsBack *= 2;
    }
    this.isPastTotal = isConnected && this.rowCount >= total;
    this.query = isFixedSize
      ? { ...this.query, page: Math.floor(this.rowCount / perPage) + 1 }
      : findPage(this.rowCount - 1, this.#maxPerPage);
    return isConnected;
  }

  /** Whether the scan has read this row, or all rows with its update time. */
  #hasRead(row: ScanPage['items'][number] | undefined): boolean {
    if (!row) return false;
    const ms = toUpdateMs(row);
    return ms > this.#edgeMs || (ms === this.#edgeMs && this.#edgeIds.has(row.id));
  }

  #moveEdge(items: ScanPage['items']): void {
    const last = items.at(-1);
    if (!last) return;
    const edgeMs = toUpdateMs(last);
    if (edgeMs !== this.#edgeMs) this.#edgeIds.clear();
    this.#edgeMs = edgeMs;
    for (const row of items) if (toUpdateMs(row) === edgeMs) this.#edgeIds.add(row.id);
  }
}

/** Finds the page with the row at an index and as many later rows as possible, at least one. */
function findPage(index: number, maxPerPage: number): PageQuery {
  let best = { page: 1, perPage: 1 };
  const endOf = ({ page, perPage }: PageQuery) => page * perPage;
  for (let perPage = 1; perPage <= maxPerPage || endOf(best) <= index + 1; perPage++) {
    const query = { page: Math.floor(index / perPage) + 1, perPage };
    if (endOf(query) >= endOf(best)) best = query;
  }
  return best;
}
