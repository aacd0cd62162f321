import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { checkScenario, createTally } from './model/check.js';
import { arbitraryScenario } from './model/scenario.js';

const RUNS = 200; // the project `cache-model` runs 20,000

it.each([
  ['one process', 1, false],
  ['two processes with a shared store', 2, false],
  ['two processes with a store that fails and rolls back', 2, true],
] as const)('%s: every read shows all earlier writes', async (_name, processes, withStoreFailures) => {
  const tally = createTally();
  const shared = processes > 1 ? { processes, isStoreReliable: !withStoreFailures } : undefined;
  const scenarios = arbitraryScenario(processes, withStoreFailures);
  const property = fc.asyncProperty(fc.scheduler(), scenarios, (scheduler, scenario) =>
    checkScenario(scheduler, scenario, tally, shared),
  );
  await fc.assert(property, { numRuns: RUNS });
  expect(tally.schedules).toBe(RUNS);
  expect(tally.reads).toBeGreaterThan(RUNS);
  expect(tally.sources.cache).toBeGreaterThan(0);
});
