import type { PageQuery, ScanPage } from './page-reader.js';

/** Limits the requests of a scan up to the total. A scan reads each page once, and some again after deletions. */
export const MAX_READS_PER_PAGE = 3;

/** Chooses the pages of one scan. */
export interface PageCursor {
  /** The page to read next. */
  readonly query: PageQuery;
  /**
   * The maximum number of requests before the scan is past the total. Ends the scan of a list that grows as fast as the client
   * reads, or whose total is wrong.
   */
  readonly maxReads: number;
  /** How many rows, from the start of the list, the accepted pages cover. */
  readonly rowCount: number;
  /** How many rows of the accepted page may repeat. They do not count as duplicates. */
  readonly overlap: number;
  /** Whether the next page has only rows that the total does not count: see `isLastPage`. */
  readonly isPastTotal: boolean;
  /**
   * Takes the page that was read, and chooses the next one.
   *
   * @param deletedCount the difference between the total of the page before and the total of this page.
   * @param hadNewRows whether the page before had rows that this scan had not read.
   * @returns whether to use the rows of this page. If not, rows before it are missing, so the next page is an earlier one.
   */
  accept(page: ScanPage, deletedCount: number, hadNewRows: boolean): boolean;
}

/**
 * Reads the whole list, page by page. Deletions move later rows up, to pages that the scan has already read, so the cursor goes
 * back if the total has decreased. It does not go back again if it found no new rows there: the deleted rows may be later ones,
 * or replicas disagree about the total.
 */
export class ListCursor implements PageCursor {
  readonly query: { page: number; readonly perPage: number };
  readonly maxReads: number;
  readonly overlap = 0;
  rowCount = 0;
  isPastTotal = false;
  #backtracksLeft: number;

  constructor({ pages }: ScanPage, firstQuery: PageQuery) {
    this.maxReads = MAX_READS_PER_PAGE * pages;
    this.query = { ...firstQuery };
    this.#backtracksLeft = pages; // without a limit, a scan with deletions after each page would not end
  }

  accept({ total, perPage }: ScanPage, deletedCount: number, hadNewRows: boolean): boolean {
    const { page } = this.query;
    this.rowCount = page * perPage;
    const goesBack = deletedCount > 0 && hadNewRows && this.#backtracksLeft-- > 0;
    this.query.page = goesBack ? Math.max(1, page - Math.ceil(deletedCount / perPage)) : page + 1;
    this.isPastTotal = (this.query.page - 1) * perPage >= total;
    return true;
  }
}
