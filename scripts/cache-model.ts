/**
 * The cache against a register that knows none, in two processes that halve the work: `npm run test:cache`. 20,000 schedules of one
 * client with its views, and a share more of two clients with one store; `-- --full` for five times as many, `-- --schedules=` for
 * another number, `-- --seed=` for a certain run.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import * as fc from 'fast-check';
import { type Case, caseOf, check, newTally, type Tally } from '../test/unit/cache/model/program.js';

const HALVES = 2;
const given = (name: string) => {
  const value = process.argv.find((one) => one.startsWith(`--${name}=`));
  return value === undefined ? undefined : Number(value.slice(name.length + 3));
};
const schedules = given('schedules') ?? (process.argv.includes('--full') ? 100_000 : 20_000);
const seed = given('seed') ?? Date.now() % 2 ** 31;
const half = given('half');

interface Setting {
  readonly name: string;
  /** Of the number of schedules. */
  readonly share: number;
  readonly cases: fc.Arbitrary<Case>;
  readonly shared?: { readonly processes: number; readonly trusted: boolean };
}
const SETTINGS: readonly Setting[] = [
  { name: 'one process', share: 1, cases: caseOf(1, false) },
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

interface Report {
  readonly tally: Tally;
  readonly violation: string | undefined;
}

async function run({ share, cases, shared }: Setting, own: number): Promise<Report> {
  const tally = newTally();
  const property = fc.asyncProperty(fc.scheduler(), cases, (scheduler, one) =>
    check(scheduler, one, tally, shared),
  );
  const { failed, numShrinks, counterexample, errorInstance } = await fc.check(property, {
    numRuns: Math.round((schedules * share) / HALVES),
    seed: own,
  });
  if (!failed) return { tally, violation: undefined };
  const violation = `seed ${own}, shrunk ${numShrinks} times: ${errorInstance}\n${fc.stringify(counterexample)}`;
  return { tally, violation };
}

/** One half, in a process of its own: a report for each setting. */
async function runHalf(at: number): Promise<readonly Report[]> {
  const args = [`--half=${at}`, `--schedules=${schedules}`, `--seed=${seed}`];
  const child = fork(fileURLToPath(import.meta.url), args, { execArgv: ['--import', 'tsx'] });
  const reports: Report[] = [];
  child.on('message', (report) => reports.push(report as Report));
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`the half ${at} ended with ${code}`);
  return reports;
}

const sum = (counts: readonly Readonly<Record<string, number>>[]) => {
  const total: Record<string, number> = {};
  for (const [name, count] of counts.flatMap((one) => Object.entries(one)))
    total[name] = (total[name] ?? 0) + count;
  return Object.entries(total).map(([name, count]) => `${name} ${count.toLocaleString('en')}`);
};

const told = (tallies: readonly Tally[]) => {
  const totals = sum(tallies.map(({ schedules, aborted }) => ({ schedules, 'calls aborted': aborted })));
  const operations = sum(tallies.map((one) => one.operations));
  const reads = sum(tallies.map(({ reads, sources }) => ({ 'states compared': reads, ...sources })));
  return [totals, operations, reads].map((counts) => counts.join(', ')).join('\n  ');
};

if (half !== undefined) {
  for (const setting of SETTINGS) process.send?.(await run(setting, seed + half));
} else {
  const begun = performance.now();
  const halves = await Promise.all(Array.from({ length: HALVES }, (_, at) => runHalf(at)));
  for (const [at, { name }] of SETTINGS.entries())
    console.log(`${name}: ${told(halves.flatMap((reports) => reports[at]?.tally ?? []))}`);
  const violations = halves.flat().flatMap(({ violation }) => violation ?? []);
  for (const violation of violations) console.error(violation);
  console.log(
    `seed ${seed}, ${((performance.now() - begun) / 1000).toFixed(0)} s; violations: ${violations.length}`,
  );
  if (violations.length > 0) process.exitCode = 1;
}
