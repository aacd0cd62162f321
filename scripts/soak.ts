/** Heap growth a request on Node 22 and 24. `npm run test:soak`, or `npm run test:soak -- --full` for a million requests. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const MOST_BYTES = 10;
const requests = process.argv.includes('--full') ? 1_000_000 : 200_000;
const folder = mkdtempSync(join(tmpdir(), 'persona-client-soak-'));

function run(command: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: folder,
    encoding: 'utf8',
    timeout: 900_000,
  });
  if (status !== 0) throw new Error(`${command} ended with ${status}: ${stderr}`);
  return stdout;
}

try {
  const program = join(folder, 'soak.mjs');
  await build({
    entryPoints: [fileURLToPath(new URL('../test/resilience/soak/program.ts', import.meta.url))],
    outfile: program,
    bundle: true,
    format: 'esm',
    platform: 'node',
    logLevel: 'error',
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  });
  run('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', 'node@22']);
  const nodes = [join(folder, 'node_modules', 'node', 'bin', 'node'), process.execPath];
  let most = 0;
  for (const node of nodes) {
    const begun = performance.now();
    const result = JSON.parse(run(node, ['--expose-gc', program, String(requests)])) as {
      node: string;
      requests: number;
      bytesPerRequest: number;
    };
    most = Math.max(most, result.bytesPerRequest);
    const seconds = ((performance.now() - begun) / 1000).toFixed(0);
    console.log(
      `Node ${result.node}: ${result.bytesPerRequest.toFixed(2)} bytes a request over ${result.requests.toLocaleString('en')} requests with one signal (${seconds} s)`,
    );
  }
  if (most >= MOST_BYTES) {
    console.error(`The heap grows by ${MOST_BYTES} bytes a request or more.`);
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
