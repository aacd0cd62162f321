/** What the client reported about a create. */
export type ReportedOutcome = 'created' | 'maybe applied' | 'not applied';

interface OutcomeCheck {
  /** Personas beyond the first one with the same name. */
  readonly duplicates: number;
  /** Creates that the client reported as a success, but that are not stored. */
  readonly lost: number;
  /** Names about which the client reported something false. */
  readonly falseReports: readonly string[];
}

/** Compares the reported outcomes of creates, each with its own name, with what the service stores. */
export function checkOutcomes(
  reported: ReadonlyMap<string, ReportedOutcome>,
  stored: ReadonlyMap<string, readonly number[]>,
): OutcomeCheck {
  const count = (name: string) => stored.get(name)?.length ?? 0;
  const names = [...reported.keys()];
  const duplicates = names.reduce((sum, name) => sum + Math.max(0, count(name) - 1), 0);
  const lost = names.filter((name) => reported.get(name) === 'created' && count(name) === 0);
  const denied = names.filter((name) => reported.get(name) === 'not applied' && count(name) > 0);
  return { duplicates, lost: lost.length, falseReports: [...lost, ...denied] };
}
