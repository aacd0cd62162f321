/**
 * How many pages in a row a scan may read without a new persona. The limit rises to the number of pages with a new persona,
 * because writes can repeat many pages of a long scan.
 */
const MIN_REPEATED_PAGES = 3;
/** The same limit for all page requests in a row, including pages that the scan reads again. */
const MIN_UNPRODUCTIVE_READS = 30;
/** The maximum number of empty pages in a row. Only a service that hides many rows has several. */
const MAX_EMPTY_PAGES = 100;

/** Tells whether a scan still finds rows. Ends scans of lists whose total is wrong, or whose pages repeat. */
export class ScanProgress {
  #maxCoveredRows = 0;
  #productiveReads = 0;
  #unproductiveReads = 0;
  #repeatedPages = 0;
  #emptyPages = 0;

  /**
   * Records a page. Call when the scan has processed its rows.
   *
   * @param coveredRows how many rows, from the start of the list, the scan has covered.
   */
  record(coveredRows: number, rowCount: number, newRowCount: number): void {
    if (newRowCount > 0) {
      this.#productiveReads++;
      this.#unproductiveReads = this.#repeatedPages = this.#emptyPages = 0;
    } else if (rowCount === 0) this.#emptyPages++;
    else {
      this.#unproductiveReads++;
      if (coveredRows > this.#maxCoveredRows) this.#repeatedPages++;
    }
    this.#maxCoveredRows = Math.max(this.#maxCoveredRows, coveredRows);
  }

  /** Whether the next empty page is the first one in a row. */
  get isFirstEmptyPage(): boolean {
    return this.#emptyPages === 0;
  }

  get hasStopped(): boolean {
    return (
      this.#repeatedPages > Math.max(MIN_REPEATED_PAGES, this.#productiveReads) ||
      this.#unproductiveReads > Math.max(MIN_UNPRODUCTIVE_READS, this.#productiveReads) ||
      this.#emptyPages > MAX_EMPTY_PAGES
    );
  }
}
