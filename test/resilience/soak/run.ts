/**
 * Measures the heap growth per request and per view on Node 22 and on this Node.
 *
 * `npm test -- --project soak` sends 200,000 requests and uses 100,000 views of each kind; with `--full` five times as many.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { installTools } from '../../support/install.js';
import { NODE_VERSIONS } from '../../support/versions.js';

const MAX_BYTES_PER_REQUEST = 10;
const MAX_BYTES_PER_VIEW = 50;
const requestCount = process.argv.includes('--full') ? 1_000_000 : 200_000;
const folder = mkdtempSync(join(tmpdir(), 'persona-client-soak-'));

function runCommand(command: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: folder,
    encoding: 'utf8',
    timeout: 900_000,
  });
  if (status !== 0) throw new Error(`${command} failed with exit code ${status}: ${stderr}`);
  return stdout;
}

try {
  const program = join(folder, 'soak.mjs');
  await build({
    entryPoints: [fileURLToPath(new URL('./program.ts', import.meta.url))],
    outfile: program,
    bundle: true,
    format: 'esm',
    platform: 'node',
    logLevel: 'error',
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  });
  const tools = await installTools({ 'node-22': NODE_VERSIONS['node-22'] });
  const nodePaths = [join(tools, 'node_modules/node-22/bin/node'), process.execPath];
  let maxGrowth = 0;
  let maxViewGrowth = 0;
  for (const node of nodePaths) {
    const startedAt = performance.now();
    const result = JSON.parse(runCommand(node, ['--expose-gc', program, String(requestCount)])) as {
      node: string;
      requests: number;
      bytesPerRequest: number;
      bytesPerClosedView: number;
      bytesPerOpenView: number;
    };
    maxGrowth = Math.max(maxGrowth, result.bytesPerRequest);
    maxViewGrowth = Math.max(maxViewGrowth, result.bytesPerClosedView, result.bytesPerOpenView);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
    console.log(
      `Node ${result.node}: ${result.bytesPerRequest.toFixed(2)} bytes per request over ${result.requests.toLocaleString('en')} requests with one signal, ${result.bytesPerClosedView.toFixed(2)} per closed view, ${result.bytesPerOpenView.toFixed(2)} per open view (${seconds} s)`,
    );
  }
  if (maxViewGrowth >= MAX_BYTES_PER_VIEW) {
    console.error(`The heap grows by ${MAX_BYTES_PER_VIEW} or more bytes per view.`);
    process.exitCode = 1;
  }
  if (maxGrowth >= MAX_BYTES_PER_REQUEST) {
    console.error(`The heap grows by ${MAX_BYTES_PER_REQUEST} or more bytes per request.`);
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
