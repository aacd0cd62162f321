import type { IncompleteReason } from '../index.js';
import { formatItems } from './output.js';

interface IncompleteReport {
  /** Number of personas that the service counts but the command did not see. */
  readonly unseen?: number;
  readonly incompleteReason?: IncompleteReason | undefined;
}

/** Says why a command did not see every persona, and what to do. */
export function describeIncomplete({ unseen = 0, incompleteReason }: IncompleteReport): string {
  if (incompleteReason === 'hidden')
    return `Not complete: the service counts ${formatItems(unseen, 'persona')} that its list does not contain, or contains without a usable id, name or timestamps. Running the command again does not help. Look in the logs or the database of the service.`;
  if (incompleteReason === 'repeated')
    return `Not complete: the pages of the list repeat, which hides ${formatItems(unseen, 'persona')}. Check whether the service, or a proxy in front of it, ignores the query parameter page.`;
  if (incompleteReason === 'undercounted')
    return 'Not complete: the service counts fewer personas than its list contains. The command read the list up to a page that was not full, and cannot tell whether more follow. Look for the wrong total in the logs or the database of the service.';
  return 'Some personas may be missing, because other clients kept writing. Run the command again later.';
}

/** Says that exported personas lack fields, and what to do. */
export const describeOmittedFields = (count: number): string =>
  `Not complete: the export lacks at least ${formatItems(count, 'field')} whose stored values break the contract of the service. Correct the values, then export again.`;
