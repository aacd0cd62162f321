import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { caseOf, check, newTally } from './model/program.js';

const RUNS = 200; // `npm run test:cache` has 20,000

it.each([
  ['one process', 1, false],
  ['two processes with one store', 2, false],
  ['two processes with a store that fails and falls back', 2, true],
] as const)(
  '%s: no read says less than what was written before it',
  async (_name, processes, withTrouble) => {
    const tally = newTally();
    const shared = processes > 1 ? { processes, trusted: !withTrouble } : undefined;
    const property = fc.asyncProperty(fc.scheduler(), caseOf(processes, withTrouble), (scheduler, given) =>
      check(scheduler, given, tally, shared),
    );
    await fc.assert(property, { numRuns: RUNS });
    expect(tally.schedules).toBe(RUNS);
    expect(tally.reads).toBeGreaterThan(RUNS);
    expect(tally.sources.cache).toBeGreaterThan(0);
  },
);
