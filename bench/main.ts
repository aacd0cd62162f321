/**
 * Runs the benchmarks, after a build and the installation of the libraries to compare with.
 *
 *   npm run bench                      every table of bench/run.ts
 *   npm run bench -- uncached          one table
 *   npm run bench -- --against <dist>  this build, compared with the folder `dist` of another one
 *   npm run bench -- --readme          every table; writes the figures into the documents
 *   npm run bench -- curves            speed and memory by size, for docs/speed.md
 *   npm run bench -- instructions      instructions of the hot paths, compared with a baseline; needs valgrind
 *   npm run bench -- profile           which parts take the CPU time of the hot paths
 *   npm run bench -- simulation        up to 10,000 processes, for docs/scale.md
 *   npm run bench -- mcp               startup of the MCP server and of four public servers
 *   npm run bench -- --smoke           a few calls of each, to check that they work
 */
import { spawnSync } from 'node:child_process';

const PROGRAMS: Readonly<Record<string, string>> = {
  curves: 'bench/curves/run.ts',
  instructions: 'bench/instructions/run.ts',
  profile: 'bench/profile/run.ts',
  simulation: 'bench/sim/run.ts',
  '--against': 'bench/against/run.ts',
  mcp: 'bench/mcp/startup.ts',
};
const TABLES = 'bench/run.ts';

const [name = '', ...rest] = process.argv.slice(2);
const program = PROGRAMS[name];

run('npm', 'run', '--silent', 'build');
run(
  'npm',
  'ci',
  '--prefix',
  name === 'mcp' ? 'bench/mcp/peers' : 'bench/peers',
  '--ignore-scripts',
  '--no-audit',
  '--no-fund',
);
if (program !== undefined) run('tsx', program, ...(name === '--against' ? [name] : []), ...rest);
else run('tsx', TABLES, ...process.argv.slice(2));
if (name === '--smoke') {
  for (const other of ['curves', 'instructions', 'profile']) run('tsx', PROGRAMS[other] ?? '', '--smoke');
  run('tsx', 'bench/against/run.ts', '--smoke', '--against', 'dist');
}

/** Runs a command. If it fails, exits with the same code. */
function run(command: string, ...args: readonly string[]): void {
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}
