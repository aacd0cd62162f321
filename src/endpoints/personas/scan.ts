import type { Persona } from '../../schemas/persona.js';
import type { IncompleteReason, MutableReport } from './iteration-types.js';
import { type PageQuery, PageReader, type ReadPage, type ScanPage } from './page-reader.js';
import { type ScanResult, scanOnce } from './scan-once.js';
import { SeenPersonas } from './seen-personas.js';
import type { UpdateWindow } from './update-window.js';

/**
 * Scans the window at most `maxScans` times. Ends early if a scan has seen every persona while the list did not change.
 *
 * The list is sorted by update time and paged by offset, so a write moves rows across pages. A write usually changes the
 * total or the first page. A write with the same update time as the first row may change neither. If such a write makes
 * a scan miss a row, the scan sees fewer personas than `total`.
 *
 * If personas are missing although the list did not change, one more scan shows whether they stay missing. If rows of a bounded
 * window moved, the next scan reads only the rows that changed since one minute before the start of the iteration.
 */
export async function* scan(
  read: ReadPage,
  perPage: number,
  maxScans: number,
  report: MutableReport,
  seen: SeenPersonas,
  window: UpdateWindow,
): AsyncGenerator<Persona, void, void> {
  const pageReader = new PageReader(read);
  const readPage: ReadPage = (query) => pageReader.read(query);
  const firstQuery: PageQuery = { page: 1, perPage };
  const seenOutside = new SeenPersonas({ idRanges: [] }); // personas on the last page that are too old for the window
  let firstPage = await readPage(firstQuery);
  window.start(firstPage.items);
  let isAtRest = false;
  let seenAtRest = 0;
  let firstScanAtRest = 1;
  const results: ScanResult[] = [];
  for (;;) {
    const isSecondScanAtRest = isAtRest;
    report.scans++;
    const result = yield* scanOnce(
      readPage,
      firstQuery,
      firstPage,
      report,
      (persona) => (window.includes(persona) ? seen : seenOutside).record(persona, report.scans),
      firstScanAtRest,
      window,
    );
    results.push(result);
    seenAtRest += result.newPersonas;
    pageReader.throwIfUnusable(seenAtRest);
    report.unseen = Math.max(0, result.expectedRows - seenAtRest);

    const previousPage = firstPage;
    const isUndercounted = seenAtRest > report.total;
    if (!result.isOneResponse || report.unseen > 0 || isUndercounted) firstPage = await readPage(firstQuery);
    isAtRest = result.wasStable && fingerprint(firstPage) === fingerprint(previousPage);
    report.complete = isAtRest && report.unseen === 0 && !isUndercounted;
    const hasReadWindow =
      result.readAllPages && (isAtRest ? report.unseen <= result.missingRows : window.isBounded);
    if (hasReadWindow) window.markCovered();
    if (hasReadWindow && !isAtRest && result.missingRows === 0) window.narrow();
    const nextUpdatedSince = window.nextUpdatedSince();
    if (nextUpdatedSince !== undefined) report.nextUpdatedSince = nextUpdatedSince;
    delete report.incompleteReason;
    if (report.complete) return;
    report.incompleteReason = explain(results, isAtRest, isUndercounted);
    const staysMissing = isAtRest && isSecondScanAtRest && result.newPersonas === 0;
    if (staysMissing || report.scans === maxScans) return;
    if (isAtRest) continue;
    firstScanAtRest = report.scans + 1;
    seenAtRest = 0;
  }
}

/** Identifies the state of the list. A write puts its persona first, and a deletion changes the total. */
const fingerprint = ({ total, items }: ScanPage): string =>
  JSON.stringify([total, items.map(({ id, created_at, updated_at }) => [id, created_at, updated_at])]);

/** Returns why the scan is not complete. If the list changed, a cause counts only if every scan had it. */
function explain(
  results: readonly ScanResult[],
  isAtRest: boolean,
  isUndercounted: boolean,
): IncompleteReason {
  const last = results.at(-1);
  if (isAtRest && last) {
    if (last.ignoresPage || last.repeatedRows > last.missingRows) return 'repeated';
    return isUndercounted ? 'undercounted' : 'hidden';
  }
  if (results.length > 1 && results.every(({ ignoresPage }) => ignoresPage)) return 'repeated';
  if (results.length > 1 && results.every(({ missingRows }) => missingRows > 0)) return 'hidden';
  return 'changed';
}
