/**
 * Instructions for each pass of a hot path, counted by valgrind: a regression of a few percent shows on a noisy machine too.
 *
 *   npm run bench:instructions                  compare with baseline.json; fails where a path grew by more than 5 %
 *   npm run bench:instructions -- --write       make what is counted the baseline
 *   npm run bench:instructions -- --smoke       run the paths once, uncounted
 */
import { execFile, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { median } from '../support/statistics.js';

const PATHS = ['hit', 'uncached', 'refused', 'construct'] as const;
type Path = (typeof PATHS)[number];
type Counts = Readonly<Record<Path, number>>;
interface Baseline {
  readonly node: string;
  readonly instructions: Counts;
}

/** So often first, for the compiler to be through with most of it; and then so often more, which is what counts. */
const SHORT: Counts = { hit: 1_000, uncached: 200, refused: 200, construct: 300 };
const MORE: Counts = { hit: 2_000, uncached: 400, refused: 400, construct: 400 };
const TIMES = 5;
const GROWTH = 0.05;

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));
const args = (counts: Counts) => [here('paths.mjs'), ...PATHS.map((path) => String(counts[path]))];
const { values } = parseArgs({
  options: { write: { type: 'boolean', default: false }, smoke: { type: 'boolean', default: false } },
});

if (values.smoke) {
  const once: Counts = { hit: 3, uncached: 3, refused: 3, construct: 3 };
  process.exit(spawnSync(process.execPath, args(once), { stdio: 'inherit' }).status ?? 1);
}
if (spawnSync('valgrind', ['--version']).error) {
  console.error(
    'bench:instructions counts with valgrind, which is not on this machine: apt-get install valgrind',
  );
  process.exit(1);
}

/** One thread, and nothing left to chance: the same seed counts the same to one in ten thousand. */
const steady = (seed: number) => [
  '--single-threaded',
  '--predictable-gc-schedule',
  `--hash-seed=${seed}`,
  `--random-seed=${seed}`,
];

async function count(counts: Counts, seed: number): Promise<number> {
  const { stderr } = await promisify(execFile)('valgrind', [
    '--tool=callgrind',
    '--callgrind-out-file=/dev/null',
    process.execPath,
    ...steady(seed),
    ...args(counts),
  ]);
  const collected = /Collected : (\d+)/.exec(stderr)?.[1];
  if (collected === undefined) throw new Error(`valgrind counted nothing:\n${stderr}`);
  return Number(collected);
}

/** Two at a time: counts do not depend on what else runs. */
async function inPairs<T>(tasks: readonly (() => Promise<T>)[]): Promise<T[]> {
  const results: T[] = [];
  let at = 0;
  const lane = async () => {
    while (at < tasks.length) {
      const mine = at++;
      const task = tasks[mine];
      if (task) results[mine] = await task();
    }
  };
  await Promise.all([lane(), lane()]);
  return results;
}

const runs = Array.from({ length: TIMES }, (_, seed) => [
  { seed, counts: SHORT },
  ...PATHS.map((path) => ({ seed, counts: { ...SHORT, [path]: SHORT[path] + MORE[path] } })),
]).flat();
let done = 0;
const totals = await inPairs(
  runs.map(({ seed, counts }) => async () => {
    const total = await count(counts, seed + 1);
    console.error(`${++done} of ${runs.length} runs counted`);
    return total;
  }),
);

const perPass = (path: Path) => {
  const width = PATHS.length + 1;
  const differences = Array.from(
    { length: TIMES },
    (_, time) =>
      (totals[time * width + 1 + PATHS.indexOf(path)] ?? Number.NaN) - (totals[time * width] ?? Number.NaN),
  );
  return Math.round(median(differences) / MORE[path]);
};
const instructions = Object.fromEntries(PATHS.map((path) => [path, perPass(path)])) as Record<Path, number>;

const file = here('baseline.json');
const baseline: Baseline | undefined = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
/** How many times as many as the baseline has. */
const growth = (path: Path) => (baseline ? instructions[path] / baseline.instructions[path] : 1);
for (const path of PATHS) {
  const percent = `${growth(path) < 1 ? '' : '+'}${(100 * (growth(path) - 1)).toFixed(1)} %`;
  console.log(
    `${path.padEnd(10)} ${instructions[path].toLocaleString('en').padStart(10)} instructions  ${percent.padStart(8)}`,
  );
}
const grown = PATHS.filter((path) => growth(path) > 1 + GROWTH);
if (values.write) {
  writeFileSync(file, `${JSON.stringify({ node: process.versions.node, instructions }, null, 2)}\n`);
  console.log('written to baseline.json');
} else if (!baseline) {
  console.log('There is no baseline yet: -- --write makes one.');
} else if (baseline.node !== process.versions.node) {
  console.log(
    `The baseline is of Node ${baseline.node}: another one compiles otherwise, so this compares little.`,
  );
} else if (grown.length > 0) {
  console.error(`Grown by more than ${100 * GROWTH} %: ${grown.join(', ')}`);
  process.exitCode = 1;
}
