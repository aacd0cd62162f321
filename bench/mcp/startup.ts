/**
 * Measures how fast MCP servers start: from spawn to the responses to `initialize` and to `tools/list`.
 *
 * Compares the built command with four public servers, with the unbundled server, and with a bare Node process that only
 * responds. All subjects run in turn in the same benchmark, because absolute times differ between machines.
 *
 *   npm run bench -- mcp         builds first; MCP_BENCH_RUNS=40 sets the number of runs
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { median, quantile } from '../support/statistics.js';
import { formatTable, type Goal, isMet } from '../support/table.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const peers = join(root, 'bench/mcp/peers/node_modules');
const cli = join(root, 'dist/cli.js');
const runs = Number(process.env.MCP_BENCH_RUNS ?? 25);

/** One start of a server. */
interface Start {
  readonly initializeMs: number;
  readonly listMs: number;
  readonly listBytes: number;
  readonly tools: number;
}

// Inside the project, so that the unbundled server resolves its dependencies and this package.
const folder = mkdtempSync(join(root, 'dist/.bench-mcp-'));
const cacheFolder = mkdtempSync(join(tmpdir(), 'persona-bench-cache-'));
const writeScript = (name: string, code: string) => {
  writeFileSync(join(folder, name), code);
  return join(folder, name);
};

const bare = writeScript(
  'bare.mjs',
  `process.stdin.on('data', (lines) => {
     for (const { id } of String(lines).split('\\n').filter(Boolean).map((line) => JSON.parse(line)))
       if (id !== undefined) process.stdout.write(JSON.stringify({ jsonrpc: '2.0', id, result: { tools: [] } }) + '\\n');
   });`,
);
const unbundled = writeScript(
  'unbundled.mjs',
  `import { serveStdio } from '@modelcontextprotocol/server/stdio';
   import { PersonaClient } from 'persona-client';
   import { createPersonaMcpServer } from 'persona-client/mcp';
   serveStdio(createPersonaMcpServer({ client: PersonaClient.fromEnv() }));`,
);

const OURS = 'persona-client mcp';
const UNBUNDLED = 'persona-client mcp, unbundled';
const BARE = 'bare node';
const PEERS: Readonly<Record<string, readonly string[]>> = {
  'server-filesystem': [join(peers, '@modelcontextprotocol/server-filesystem/dist/index.js'), folder],
  'server-memory': [join(peers, '@modelcontextprotocol/server-memory/dist/index.js')],
  'notion-mcp-server': [join(peers, '@notionhq/notion-mcp-server/bin/cli.mjs')],
  'context7-mcp': [join(peers, '@upstash/context7-mcp/dist/index.js')],
};
const SUBJECTS: Readonly<Record<string, readonly string[]>> = {
  [OURS]: [cli, 'mcp'],
  ...PEERS,
  [UNBUNDLED]: [unbundled],
  [BARE]: [bare],
};

const service = spawn(process.execPath, [cli, 'serve', '--port', '0'], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
const starts: Record<string, Start[]> = {};
try {
  const serviceUrl = await readServiceUrl(service);
  for (const args of Object.values(SUBJECTS)) await start(args, serviceUrl); // fills the compile cache
  for (let run = 0; run < runs; run++)
    for (const [name, args] of Object.entries(SUBJECTS)) {
      starts[name] ??= [];
      starts[name].push(await start(args, serviceUrl));
    }
} finally {
  service.kill();
  rmSync(folder, { recursive: true });
  rmSync(cacheFolder, { recursive: true });
}

const valuesOf = (name: string, key: keyof Start) => (starts[name] ?? []).map((start) => start[key]);
const middle = (name: string, key: keyof Start) => median(valuesOf(name, key));
const peerValues = (key: keyof Start) => Object.keys(PEERS).map((name) => middle(name, key));
const formatMs = (values: readonly number[], share: number) => quantile(values, share).toFixed(0);

const goals: Goal[] = [
  {
    name: 'start / start of a bare node',
    value: middle(OURS, 'initializeMs') / middle(BARE, 'initializeMs'),
    atMost: 4,
  },
  {
    name: 'start / start of the unbundled server',
    value: middle(OURS, 'initializeMs') / middle(UNBUNDLED, 'initializeMs'),
    atMost: 1,
  },
  {
    name: 'start / start of the fastest public server',
    value: middle(OURS, 'initializeMs') / Math.min(...peerValues('initializeMs')),
    atMost: 1,
  },
  {
    name: 'first answer / median of the public servers',
    value: middle(OURS, 'listMs') / median(peerValues('listMs')),
    atMost: 1,
  },
  { name: 'bytes of tools/list', value: middle(OURS, 'listBytes'), atMost: 13_000 },
];
console.log(
  formatTable(
    {
      title: `Start of MCP servers over stdio, n=${runs}`,
      columns: ['', 'start p50 ms', 'p95', 'first answer p50 ms', 'p95', 'tools', 'tools/list kB'],
      rows: Object.keys(SUBJECTS).map((name) => [
        name,
        ...(['initializeMs', 'listMs'] as const).flatMap((key) =>
          [0.5, 0.95].map((share) => formatMs(valuesOf(name, key), share)),
        ),
        String(middle(name, 'tools')),
        (middle(name, 'listBytes') / 1_000).toFixed(1),
      ]),
      goals,
    },
    true,
  ),
);
if (!goals.every(isMet)) process.exitCode = 1;

/** Starts a server, and measures the time until it responds to `initialize` and then to `tools/list`. */
async function start(args: readonly string[], serviceUrl: string): Promise<Start> {
  const startedAt = performance.now();
  const env = {
    ...process.env,
    NODE_COMPILE_CACHE: undefined,
    TMPDIR: cacheFolder,
    PERSONA_API_URL: serviceUrl,
  };
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'ignore'], env });
  const closed = new Promise((resolve) => child.once('close', resolve));
  const send = (message: object) => child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  try {
    send({
      id: 0,
      method: 'initialize',
      params: {
        protocolVersion: '2025-11-25',
        capabilities: {},
        clientInfo: { name: 'bench', version: '1.0.0' },
      },
    });
    let initializeMs = Number.NaN;
    for await (const line of createInterface({ input: child.stdout })) {
      const { id, result } = JSON.parse(line);
      if (id === 0) {
        initializeMs = performance.now() - startedAt;
        send({ method: 'notifications/initialized' });
        send({ id: 1, method: 'tools/list' });
      } else if (id === 1) {
        const listMs = performance.now() - startedAt;
        return {
          initializeMs,
          listMs,
          listBytes: Buffer.byteLength(JSON.stringify(result)),
          tools: result.tools.length,
        };
      }
    }
    throw new Error(`${args.join(' ')} did not respond`);
  } finally {
    child.kill('SIGKILL');
    await closed;
  }
}

async function readServiceUrl({ stdout }: ChildProcess): Promise<string> {
  if (stdout)
    for await (const line of createInterface({ input: stdout })) {
      const url = /at (http:\S+)/.exec(line)?.[1];
      if (url) return url;
    }
  throw new Error('The local service did not start.');
}
