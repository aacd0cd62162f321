/** The cache against a register that knows none. `npm run test:cache`, or `npm run test:cache -- --full` for 100,000 schedules. */
import * as fc from 'fast-check';
import { type Case, caseOf, check, newTally, type Tally } from '../test/cache/model/program.js';

const schedules = process.argv.includes('--full') ? 100_000 : 20_000;
const seed = Number(process.argv.find((one) => one.startsWith('--seed='))?.slice(7) ?? Date.now() % 2 ** 31);

interface Setting {
  readonly name: string;
  readonly share: number;
  readonly cases: fc.Arbitrary<Case>;
  readonly shared?: { readonly processes: number; readonly trusted: boolean };
}
const SETTINGS: readonly Setting[] = [
  { name: 'one process', share: 0.6, cases: caseOf(1, false) },
  {
    name: 'two processes, one store',
    share: 0.25,
    cases: caseOf(2, false),
    shared: { processes: 2, trusted: true },
  },
  {
    name: 'the same, the store failing and falling back',
    share: 0.15,
    cases: caseOf(2, true),
    shared: { processes: 2, trusted: false },
  },
];

const told = ({ schedules, reads, writes, aborted, sources }: Tally) =>
  `${schedules.toLocaleString('en')} schedules, ${reads.toLocaleString('en')} reads compared (${Object.entries(
    sources,
  )
    .map(([source, count]) => `${source} ${count.toLocaleString('en')}`)
    .join(', ')}), ${writes.toLocaleString('en')} writes, ${aborted.toLocaleString('en')} calls aborted`;

let violations = 0;
for (const { name, share, cases, shared } of SETTINGS) {
  const tally = newTally();
  const begun = performance.now();
  const property = fc.asyncProperty(fc.scheduler(), cases, (scheduler, given) =>
    check(scheduler, given, tally, shared),
  );
  const { failed, numShrinks, counterexample, errorInstance } = await fc.check(property, {
    numRuns: Math.round(schedules * share),
    seed,
  });
  console.log(`${name}: ${told(tally)} (${((performance.now() - begun) / 1000).toFixed(0)} s)`);
  if (!failed) continue;
  violations++;
  console.error(
    `seed ${seed}, shrunk ${numShrinks} times: ${errorInstance}\n${fc.stringify(counterexample)}`,
  );
}
console.log(`violations: ${violations}`);
if (violations > 0) process.exitCode = 1;
