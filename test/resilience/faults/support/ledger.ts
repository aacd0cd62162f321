export type Told = 'created' | 'maybe applied' | 'not applied';

export interface Verdict {
  /** Personas that nobody was told of and nobody asked for. */
  readonly duplicates: number;
  /** Personas that the client said were created, and are not there. */
  readonly lost: number;
  /** Names about which the client said something untrue. */
  readonly untrue: readonly string[];
}

/** What the client said of creates with names of their own, against what the service holds. */
export function verdictOn(
  told: ReadonlyMap<string, Told>,
  held: ReadonlyMap<string, readonly number[]>,
): Verdict {
  const count = (name: string) => held.get(name)?.length ?? 0;
  const names = [...told.keys()];
  const duplicates = names.reduce((sum, name) => sum + Math.max(0, count(name) - 1), 0);
  const lost = names.filter((name) => told.get(name) === 'created' && count(name) === 0);
  const denied = names.filter((name) => told.get(name) === 'not applied' && count(name) > 0);
  return { duplicates, lost: lost.length, untrue: [...lost, ...denied] };
}
