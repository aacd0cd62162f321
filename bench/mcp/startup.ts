/**
 * How long until `persona-client mcp` has answered `initialize`, from spawn: as shipped, unbundled from node_modules,
 * and against a bare Node that does no more than answer. All in one run, taking turns, since machines differ.
 *
 *   npm run bench:mcp            builds first; MCP_BENCH_RUNS=40 changes the number of turns
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const runs = Number(process.env.MCP_BENCH_RUNS ?? 25);
const MOST = 4;

// Inside the project, so that the unbundled server finds its packages and this one by its name.
const folder = mkdtempSync(join(root, 'dist/.bench-mcp-'));
const cache = mkdtempSync(join(tmpdir(), 'persona-bench-cache-'));
const script = (name: string, code: string) => {
  writeFileSync(join(folder, name), code);
  return join(folder, name);
};

const bare = script(
  'bare.mjs',
  `process.stdin.once('data', () => { process.stdout.write('{"jsonrpc":"2.0","id":0,"result":{}}\\n'); process.stdin.destroy(); });`,
);
const unbundled = script(
  'unbundled.mjs',
  `import { serveStdio } from '@modelcontextprotocol/server/stdio';
   import { PersonaClient } from 'persona-client';
   import { createPersonaMcpServer } from 'persona-client/mcp';
   serveStdio(createPersonaMcpServer({ client: PersonaClient.fromEnv() }));`,
);

const subjects: Readonly<Record<string, readonly string[]>> = {
  'bare node': [bare],
  'persona-client mcp, unbundled': [unbundled],
  'persona-client mcp, shipped': [join(root, 'dist/cli.js'), 'mcp'],
};
const times: Record<string, number[]> = {};

try {
  for (const args of Object.values(subjects)) await measure(args); // fills the compile cache, as the first start does
  for (let run = 0; run < runs; run++)
    for (const [name, args] of Object.entries(subjects)) {
      times[name] ??= [];
      times[name].push(await measure(args));
    }
} finally {
  rmSync(folder, { recursive: true });
  rmSync(cache, { recursive: true });
}

const p50 = (name: string) => quantile(times[name] ?? [], 0.5);
for (const name of Object.keys(subjects)) {
  const [half, most] = [p50(name), quantile(times[name] ?? [], 0.95)];
  console.log(
    `${name.padEnd(32)} p50 ${half.toFixed(0).padStart(4)} ms   p95 ${most.toFixed(0).padStart(4)} ms   n=${runs}`,
  );
}
const shipped = p50('persona-client mcp, shipped');
const [ofBare, ofUnbundled] = [shipped / p50('bare node'), shipped / p50('persona-client mcp, unbundled')];
console.log(
  `shipped: ${ofBare.toFixed(2)} times bare node (at most ${MOST}), ${ofUnbundled.toFixed(2)} times unbundled (at most 1)`,
);
if (ofBare > MOST || ofUnbundled > 1) process.exitCode = 1;

/** Milliseconds from spawn to the answer. */
function measure(args: readonly string[]): Promise<number> {
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
    const began = performance.now();
    const env = { ...process.env, NODE_COMPILE_CACHE: undefined, TMPDIR: cache };
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'ignore'], env });
    let took = Number.NaN;
    child.stdout.once('data', () => {
      took = performance.now() - began;
      child.stdin.end();
    });
    child.once('error', reject);
    child.once('close', () =>
      Number.isNaN(took) ? reject(new Error(`${args.join(' ')} gave no answer`)) : resolve(took),
    );
    child.stdin.write(`${JSON.stringify(message)}\n`);
  });
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
