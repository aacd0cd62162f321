/**
 * Compares the cache with a model that has none, on random schedules in two child processes: `npm test -- --project cache-model`.
 *
 * Checks 20,000 schedules of one client with its views, and 8,000 of two clients that share a store. Options after `--`:
 * `--full` checks five times as many, `--schedules=` another number, and `--seed=` repeats a run.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import * as fc from 'fast-check';
import { checkScenario, createTally, type SharedSetup, type Tally } from '../../unit/cache/model/check.js';
import { arbitraryScenario, type Scenario } from '../../unit/cache/model/scenario.js';

const PARTS = 2;
const numberArgument = (name: string) => {
  const argument = process.argv.find((value) => value.startsWith(`--${name}=`));
  return argument === undefined ? undefined : Number(argument.slice(name.length + 3));
};
const schedules = numberArgument('schedules') ?? (process.argv.includes('--full') ? 100_000 : 20_000);
const seed = numberArgument('seed') ?? Date.now() % 2 ** 31;
/** Set in a child process. */
const part = numberArgument('part');

interface Setup {
  readonly name: string;
  /** Share of the number of schedules. */
  readonly share: number;
  readonly scenarios: fc.Arbitrary<Scenario>;
  readonly shared?: SharedSetup;
}
const SETUPS: readonly Setup[] = [
  { name: 'one process', share: 1, scenarios: arbitraryScenario(1, false) },
  {
    name: 'two processes, one store',
    share: 0.25,
    scenarios: arbitraryScenario(2, false),
    shared: { processes: 2, isStoreReliable: true },
  },
  {
    name: 'two processes, one store that fails and rolls back',
    share: 0.15,
    scenarios: arbitraryScenario(2, true),
    shared: { processes: 2, isStoreReliable: false },
  },
];

interface SetupReport {
  readonly tally: Tally;
  readonly violation: string | undefined;
}

async function runSchedules({ share, scenarios, shared }: Setup, partSeed: number): Promise<SetupReport> {
  const tally = createTally();
  const property = fc.asyncProperty(fc.scheduler(), scenarios, (scheduler, scenario) =>
    checkScenario(scheduler, scenario, tally, shared),
  );
  const { failed, numShrinks, counterexample, errorInstance } = await fc.check(property, {
    numRuns: Math.round((schedules * share) / PARTS),
    seed: partSeed,
  });
  if (!failed) return { tally, violation: undefined };
  const violation = `seed ${partSeed}, shrunk ${numShrinks} times: ${errorInstance}\n${fc.stringify(counterexample)}`;
  return { tally, violation };
}

/** Runs one part in a child process. Returns one report per setup. */
async function runPart(index: number): Promise<readonly SetupReport[]> {
  const args = [`--part=${index}`, `--schedules=${schedules}`, `--seed=${seed}`];
  const child = fork(fileURLToPath(import.meta.url), args, { execArgv: ['--import', 'tsx'] });
  const reports: SetupReport[] = [];
  child.on('message', (report) => reports.push(report as SetupReport));
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`child process ${index} exited with code ${code}`);
  return reports;
}

const sumByName = (counts: readonly Readonly<Record<string, number>>[]) => {
  const total: Record<string, number> = {};
  for (const [name, count] of counts.flatMap((record) => Object.entries(record)))
    total[name] = (total[name] ?? 0) + count;
  return Object.entries(total).map(([name, count]) => `${name} ${count.toLocaleString('en')}`);
};

const formatTallies = (tallies: readonly Tally[]) => {
  const totals = sumByName(
    tallies.map(({ schedules, aborted }) => ({ schedules, 'calls aborted': aborted })),
  );
  const operations = sumByName(tallies.map((tally) => tally.operations));
  const reads = sumByName(tallies.map(({ reads, sources }) => ({ 'states compared': reads, ...sources })));
  return [totals, operations, reads].map((counts) => counts.join(', ')).join('\n  ');
};

if (part !== undefined) {
  for (const setup of SETUPS) process.send?.(await runSchedules(setup, seed + part));
} else {
  const startedAt = performance.now();
  const parts = await Promise.all(Array.from({ length: PARTS }, (_, index) => runPart(index)));
  for (const [index, { name }] of SETUPS.entries())
    console.log(`${name}: ${formatTallies(parts.flatMap((reports) => reports[index]?.tally ?? []))}`);
  const violations = parts.flat().flatMap(({ violation }) => violation ?? []);
  for (const violation of violations) console.error(violation);
  console.log(
    `seed ${seed}, ${((performance.now() - startedAt) / 1000).toFixed(0)} s; violations: ${violations.length}`,
  );
  if (violations.length > 0) process.exitCode = 1;
}
