/**
 * Counts the instructions of each hot path with valgrind, which shows small regressions even on a noisy machine.
 *
 *   npm run bench -- instructions                  compare with baseline.json; fails if a path grows by more than 5 %
 *   npm run bench -- instructions --write       write a new baseline
 *   npm run bench -- instructions --smoke       run the paths without counting
 */
import { execFile, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { median } from '../support/statistics.js';

const PATHS = ['hit', 'uncached', 'rejected', 'construct'] as const;
type Path = (typeof PATHS)[number];
type Counts = Readonly<Record<Path, number>>;
interface Baseline {
  readonly node: string;
  readonly instructions: Counts;
}

/**
 * Passes before the counted passes. V8 optimizes the code of an uncached read during the first 5,000 reads, and the optimization
 * takes as many instructions as the reads. The result is the difference between a run with the counted passes and a run without.
 */
const WARM_UP_PASSES: Counts = { hit: 10_000, uncached: 5_000, rejected: 5_000, construct: 3_000 };
const COUNTED_PASSES: Counts = { hit: 10_000, uncached: 2_000, rejected: 2_000, construct: 2_000 };
const SEEDS = 3;
const MAX_GROWTH = 0.05;

const resolvePath = (file: string) => fileURLToPath(new URL(file, import.meta.url));
const programArgs = (counts: Counts) => [
  resolvePath('paths.mjs'),
  ...PATHS.map((path) => String(counts[path])),
];
const { values } = parseArgs({
  options: { write: { type: 'boolean', default: false }, smoke: { type: 'boolean', default: false } },
});

if (values.smoke) {
  const once: Counts = { hit: 3, uncached: 3, rejected: 3, construct: 3 };
  process.exit(spawnSync(process.execPath, programArgs(once), { stdio: 'inherit' }).status ?? 1);
}
if (spawnSync('valgrind', ['--version']).error) {
  console.error('This benchmark needs valgrind, which is not installed. Run apt-get install valgrind');
  process.exit(1);
}

/** V8 flags for one thread and fixed seeds. Counts with the same seed differ by one in ten thousand. */
const deterministicFlags = (seed: number) => [
  '--single-threaded',
  '--predictable-gc-schedule',
  `--hash-seed=${seed}`,
  `--random-seed=${seed}`,
];

async function countInstructions(counts: Counts, seed: number): Promise<number> {
  const { stderr } = await promisify(execFile)('valgrind', [
    '--tool=callgrind',
    '--callgrind-out-file=/dev/null',
    process.execPath,
    ...deterministicFlags(seed),
    ...programArgs(counts),
  ]);
  const collected = /Collected : (\d+)/.exec(stderr)?.[1];
  if (collected === undefined) throw new Error(`valgrind printed no count:\n${stderr}`);
  return Number(collected);
}

/** Runs two tasks at a time. Other processes do not affect the counts. */
async function runInPairs<T>(tasks: readonly (() => Promise<T>)[]): Promise<T[]> {
  const results: T[] = [];
  let nextIndex = 0;
  const worker = async () => {
    while (nextIndex < tasks.length) {
      const index = nextIndex++;
      const task = tasks[index];
      if (task) results[index] = await task();
    }
  };
  await Promise.all([worker(), worker()]);
  return results;
}

/** The passes of a run with one path. */
const only = (path: Path, passes: number): Counts => ({
  hit: 0,
  uncached: 0,
  rejected: 0,
  construct: 0,
  [path]: passes,
});
const runs = PATHS.flatMap((path) =>
  Array.from({ length: SEEDS }, (_, seed) => [
    { seed, counts: only(path, WARM_UP_PASSES[path]) },
    { seed, counts: only(path, WARM_UP_PASSES[path] + COUNTED_PASSES[path]) },
  ]).flat(),
);
let completed = 0;
const totals = await runInPairs(
  runs.map(({ seed, counts }) => async () => {
    const total = await countInstructions(counts, seed + 1);
    console.error(`run ${++completed} of ${runs.length} is complete`);
    return total;
  }),
);

const instructionsPerPass = (path: Path) => {
  const first = 2 * SEEDS * PATHS.indexOf(path);
  const differences = Array.from(
    { length: SEEDS },
    (_, seed) => (totals[first + 2 * seed + 1] ?? Number.NaN) - (totals[first + 2 * seed] ?? Number.NaN),
  );
  return Math.round(median(differences) / COUNTED_PASSES[path]);
};
const instructions = Object.fromEntries(PATHS.map((path) => [path, instructionsPerPass(path)])) as Record<
  Path,
  number
>;

const file = resolvePath('baseline.json');
const baseline: Baseline | undefined = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
/** Ratio to the baseline. */
const growth = (path: Path) => (baseline ? instructions[path] / baseline.instructions[path] : 1);
for (const path of PATHS) {
  const percent = `${growth(path) < 1 ? '' : '+'}${(100 * (growth(path) - 1)).toFixed(1)} %`;
  console.log(
    `${path.padEnd(10)} ${instructions[path].toLocaleString('en').padStart(10)} instructions  ${percent.padStart(8)}`,
  );
}
const regressions = PATHS.filter((path) => growth(path) > 1 + MAX_GROWTH);
if (values.write) {
  writeFileSync(file, `${JSON.stringify({ node: process.versions.node, instructions }, null, 2)}\n`);
  console.log('Wrote baseline.json');
} else if (!baseline) {
  console.log('baseline.json does not exist. Use --write to create it.');
} else if (baseline.node !== process.versions.node) {
  console.log(
    `The baseline is from Node.js ${baseline.node}. Another version compiles code differently, so the comparison is not reliable.`,
  );
} else if (regressions.length > 0) {
  console.error(`Paths that grew by more than ${100 * MAX_GROWTH} %: ${regressions.join(', ')}`);
  process.exitCode = 1;
}
