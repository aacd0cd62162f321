import { beforeAll, expect, it } from 'vitest';
import { CASES, type Result } from '../smoke/program.js';

/** What a program said: the results of its cases, and what else it printed or complained about. */
export interface Ran {
  readonly results: readonly Result[];
  readonly complaints: readonly string[];
}

/** One test per case, in a suite that ran them all beforehand in another program. */
export function matrix(ran: () => Promise<Ran>): void {
  let outcome: Ran;
  beforeAll(async () => {
    outcome = await ran();
  });

  it('complains of nothing', () => {
    expect(outcome.complaints).toEqual([]);
  });

  it.for(CASES)('%s', (name) => {
    expect(outcome.results.find((result) => result.name === name)).toEqual({ name });
  });
}
