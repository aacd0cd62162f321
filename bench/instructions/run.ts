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

/** Passes before the counted passes. V8 optimizes the code in this time, which takes as many instructions as the passes. */
const WARM_UP_PASSES: Counts = { hit: 10_000, uncached: 8_000, rejected: 5_000, construct: 3_000 };
const COUNTED_PASSES: Counts = { hit: 10_000, uncached: 2_000, rejected: 2_000, construct: 2_000 };
const SEEDS = 3;
const MAX_GROWTH = 0.05;

const resolvePath = (file: string) => fileURLToPath(new URL(file, import.meta.url));
const programArgs = (path: Path, warmUp: number, counted: number) => [
  resolvePath('paths.mjs'),
  path,
  String(warmUp),
  String(counted),
];
const { values } = parseArgs({
  options: { write: { type: 'boolean', default: false }, smoke: { type: 'boolean', default: false } },
});

if (values.smoke) {
  for (const path of PATHS) {
    const { status } = spawnSync(process.execPath, programArgs(path, 3, 3), { stdio: 'inherit' });
    if (status !== 0) process.exit(status ?? 1);
  }
  process.exit();
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

/** Returns the instructions of a pass. */
async function countInstructions(path: Path, seed: number): Promise<number> {
  const counted = COUNTED_PASSES[path];
  const { stderr } = await promisify(execFile)('valgrind', [
    '--tool=callgrind',
    '--callgrind-out-file=/dev/null',
    '--zero-before=uv_getrusage', // the function of Node.js that the program calls after the warm-up
    process.execPath,
    ...deterministicFlags(seed),
    ...programArgs(path, WARM_UP_PASSES[path], counted),
  ]);
  const collected = /Collected : (\d+)/.exec(stderr)?.[1];
  if (collected === undefined) throw new Error(`valgrind printed no count:\n${stderr}`);
  return Number(collected) / counted;
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

const runs = PATHS.flatMap((path) =>
  Array.from({ length: SEEDS }, (_, index) => ({ path, seed: index + 1 })),
);
let completed = 0;
const counts = await runInPairs(
  runs.map(({ path, seed }) => async () => {
    const count = await countInstructions(path, seed);
    console.error(`run ${++completed} of ${runs.length} is complete`);
    return { path, count };
  }),
);

const instructionsPerPass = (path: Path) =>
  Math.round(median(counts.filter((run) => run.path === path).map(({ count }) => count)));
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
