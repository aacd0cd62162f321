// Needs Bun or Deno on PATH (or in BUN, DENO). The case skips the one that is missing.
// A server truncates, resets or garbles its response. On Node every fault ends with connection_failed after a retry.
// On Bun and Deno some faults end in raw errors: one request, no retry, and a create without maybeApplied.
// The outcome should be the same on every supported runtime.
import { readFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  check,
  findOnPath,
  finish,
  INDEX,
  NODE,
  packageRoot,
  setTimeLimitSeconds,
  skip,
  startProcess,
} from '../lib.mjs';

setTimeLimitSeconds(55);
const siblingPath = (name) => fileURLToPath(new URL(name, import.meta.url));
const runtimes = { Bun: process.env.BUN ?? findOnPath('bun'), Deno: process.env.DENO ?? findOnPath('deno') };
if (!runtimes.Bun && !runtimes.Deno) skip('this case needs Bun or Deno on PATH (or in BUN, DENO)');
const servers = startProcess(NODE, [siblingPath('_bad-servers.mjs')], { stdio: ['pipe', 'pipe', 'inherit'] });
const urls = await new Promise((resolve) => servers.stdout.once('data', (d) => resolve(String(d).trim())));
const run = (command, args) =>
  new Promise((resolve) => {
    const child = startProcess(command, args, {
      cwd: packageRoot,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, DENO_NO_UPDATE_CHECK: '1' },
    });
    child.stdin.end(readFileSync(siblingPath('_probe.mjs')));
    let output = '';
    child.stdout.on('data', (d) => {
      output += d;
    });
    child.on('exit', () =>
      resolve(
        output
          .split('\n')
          .filter((l) => l.startsWith('{'))
          .map((l) => JSON.parse(l)),
      ),
    );
  });
for (const [name, command, args] of [
  ['Node (control)', NODE, [siblingPath('_probe.mjs')]],
  ['Bun', runtimes.Bun, [siblingPath('_probe.mjs')]],
  ['Deno', runtimes.Deno, ['run', '-A', '--no-lock', '--node-modules-dir=manual', '-']],
]) {
  if (!command) {
    console.log(`skipped: ${name} is not installed`);
    continue;
  }
  for (const { kind, method, requests, outcome } of await run(command, [
    ...args,
    pathToFileURL(INDEX).href,
    urls,
  ])) {
    const isExpected = outcome === 'connection_failed' || (name === 'Bun' && outcome === 'ok'); // Bun accepts some of these responses.
    check(
      `${name}: ${kind}, ${method}`,
      isExpected && !(method === 'get' && outcome !== 'ok' && requests !== 2),
      `${outcome}, ${requests} request(s)`,
      'connection_failed (a read is retried once)',
    );
  }
}
finish();
