/**
 * Runs the cases, scripts that each show one known fault:
 *
 *   npm run cases                            every case
 *   npm run cases -- integrations            the cases of a folder
 *   npm run cases -- integrations/NAME                one case
 *
 * Prints the exit code and the number of FAULTs of each case. Fails if a case fails or is skipped, or if a name matches no case.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { installTools } from '../support/install.js';
import { OTHER_RUNTIMES } from '../support/versions.js';

const CASES = import.meta.dirname;
const DIST = 'dist/index.js';
const CASE_TIMEOUT_MS = 120_000;

/** Files that start with `_` are parts of cases. */
const allCases = readdirSync(CASES, { recursive: true, encoding: 'utf8' })
  .filter((file) => /^[^/]+\/[^_/][^/]*\.mjs$/.test(file))
  .map((file) => file.slice(0, -'.mjs'.length))
  .sort();
const names = process.argv.slice(2);
const selectedCases = names.length === 0 ? allCases : [...new Set(names.flatMap(selectCases))];

run('npm', ['run', '--silent', 'build']);
const runtimes = join(await installTools(OTHER_RUNTIMES), 'node_modules/.bin');
const env = { ...process.env, BUN: join(runtimes, 'bun'), DENO: join(runtimes, 'deno') };

let failedCount = 0;
for (const name of selectedCases) {
  const args = [join(CASES, `${name}.mjs`), DIST];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    env,
    timeout: CASE_TIMEOUT_MS,
  });
  const faults = stdout.split('\n').filter((line) => line.startsWith('FAULT'));
  console.log(`${status ?? 'timeout'}  ${name}  ${faults.length} FAULT`);
  if (status === 0) continue;
  failedCount += 1;
  const reasons = faults.length > 0 ? faults : (stdout + stderr).trim().split('\n').slice(-5);
  console.log(reasons.map((line) => `     ${line}`).join('\n'));
}
console.log(`${selectedCases.length - failedCount} passed, ${failedCount} failed or skipped`);
if (failedCount > 0) process.exitCode = 1;

/** Returns the case with this name, or the cases of the folder with this name. */
function selectCases(path: string): string[] {
  const name = path.replace(/\/$/, '');
  const matches = allCases.filter((other) => other === name || other.startsWith(`${name}/`));
  if (matches.length > 0) return matches;
  console.error(`No case and no folder of cases has the name '${name}'.`);
  return process.exit(2);
}

function run(command: string, args: readonly string[]): void {
  const { status } = spawnSync(command, args, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
