/**
 * Measures the startup time of `persona-client mcp`, from spawn to the response to `initialize`.
 *
 * Compares the built command with the unbundled server and with a bare Node process that only responds. All subjects run
 * in turn in the same benchmark, because absolute times differ between machines.
 *
 *   npm run bench -- mcp         builds first; MCP_BENCH_RUNS=40 sets the number of runs
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { quantile } from '../support/statistics.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const runs = Number(process.env.MCP_BENCH_RUNS ?? 25);
const MAX_RATIO_TO_BARE_NODE = 4;

// Inside the project, so that the unbundled server resolves its dependencies and this package.
const folder = mkdtempSync(join(root, 'dist/.bench-mcp-'));
const cacheFolder = mkdtempSync(join(tmpdir(), 'persona-bench-cache-'));
const writeScript = (name: string, code: string) => {
  writeFileSync(join(folder, name), code);
  return join(folder, name);
};

const bare = writeScript(
  'bare.mjs',
  `process.stdin.once('data', () => { process.stdout.write('{"jsonrpc":"2.0","id":0,"result":{}}\\n'); process.stdin.destroy(); });`,
);
const unbundled = writeScript(
  'unbundled.mjs',
  `import { serveStdio } from '@modelcontextprotocol/server/stdio';
   import { PersonaClient } from 'persona-client';
   import { createPersonaMcpServer } from 'persona-client/mcp';
   serveStdio(createPersonaMcpServer({ client: PersonaClient.fromEnv() }));`,
);

const subjects: Readonly<Record<string, readonly string[]>> = {
  'bare node': [bare],
  'persona-client mcp, unbundled': [unbundled],
  'persona-client mcp, built': [join(root, 'dist/cli.js'), 'mcp'],
};
const durationsMs: Record<string, number[]> = {};

try {
  for (const args of Object.values(subjects)) await measureMs(args); // Fills the compile cache.
  for (let run = 0; run < runs; run++)
    for (const [name, args] of Object.entries(subjects)) {
      durationsMs[name] ??= [];
      durationsMs[name].push(await measureMs(args));
    }
} finally {
  rmSync(folder, { recursive: true });
  rmSync(cacheFolder, { recursive: true });
}

const p50 = (name: string) => quantile(durationsMs[name] ?? [], 0.5);
const p95 = (name: string) => quantile(durationsMs[name] ?? [], 0.95);
const format = (ms: number) => `${ms.toFixed(0).padStart(4)} ms`;
for (const name of Object.keys(subjects))
  console.log(`${name.padEnd(32)} p50 ${format(p50(name))}   p95 ${format(p95(name))}   n=${runs}`);

const built = p50('persona-client mcp, built');
const ratioToBare = built / p50('bare node');
const ratioToUnbundled = built / p50('persona-client mcp, unbundled');
console.log(
  `built: ${ratioToBare.toFixed(2)} times bare node (limit ${MAX_RATIO_TO_BARE_NODE}), ${ratioToUnbundled.toFixed(2)} times unbundled (limit 1)`,
);
if (ratioToBare > MAX_RATIO_TO_BARE_NODE || ratioToUnbundled > 1) process.exitCode = 1;

/** Measures the milliseconds from spawn to the response. */
function measureMs(args: readonly string[]): Promise<number> {
  const message = {
    jsonrpc: '2.0',
    id: 0,
    method: 'initialize',
    params: {
      protocolVersion: '2025-11-25',
      capabilities: {},
      clientInfo: { name: 'bench', version: '1.0.0' },
    },
  };
  return new Promise((resolve, reject) => {
    const startMs = performance.now();
    const env = { ...process.env, NODE_COMPILE_CACHE: undefined, TMPDIR: cacheFolder };
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'ignore'], env });
    let elapsedMs = Number.NaN;
    child.stdout.once('data', () => {
      elapsedMs = performance.now() - startMs;
      child.stdin.end();
    });
    child.once('error', reject);
    child.once('close', () =>
      Number.isNaN(elapsedMs) ? reject(new Error(`${args.join(' ')} did not respond`)) : resolve(elapsedMs),
    );
    child.stdin.write(`${JSON.stringify(message)}\n`);
  });
}
