/** A page of the list, and the counts in its response. */
interface PageOfRows {
  readonly items: readonly unknown[];
  readonly total: number;
  readonly page: number;
  readonly perPage: number;
}

/**
 * Counts the rows that a page lacks, from `total`, `page` and `perPage` of the response.
 *
 * Services omit a row that they cannot turn into JSON, but count it in `total`. A short page is the only sign.
 */
export function countMissingRows({ items, total, page, perPage }: PageOfRows): number {
  const pageSize = perPage > 0 ? perPage : total; // with a negative `per_page`, every page of `attributes` has all rows
  const offset = perPage > 0 ? (Math.max(1, page) - 1) * perPage : 0; // a `page` below 1 is the first page
  const expectedCount = Math.min(pageSize, Math.max(0, total - offset));
  return Math.max(0, expectedCount - items.length);
}

/**
 * Whether no page can follow this one. After a full page that reaches the total, another page can follow, because the total of some
 * services is too low. `PersonaPage.nextPage` follows the same rule.
 */
export const isLastPage = ({ items, perPage }: PageOfRows, reachesTotal: boolean): boolean =>
  reachesTotal && items.length < perPage;
