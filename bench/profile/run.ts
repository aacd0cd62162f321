/**
 * Shows which parts take the CPU time of the hot paths. Writes the table to README.md.
 *
 *   npm run bench -- profile
 *   npm run bench -- profile --smoke   a few calls of each; writes nothing
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Profiler } from 'node:inspector';
import { SourceMap } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { build } from 'tsup';
import { BenchmarkContext } from '../support/context.js';
import { describeMachine } from '../support/machine.js';
import { markdownTable, replaceSection } from '../support/markdown.js';
import { buildFlags } from '../support/processes.js';

interface Workload {
  readonly module: string;
  readonly operation: string;
  /** Number of calls. 0 profiles the creation of a client and its first call, in several processes. */
  readonly calls: number;
  readonly concurrency?: number;
}

const WORKLOADS: Readonly<Record<string, Workload>> = {
  'uncached read': { module: 'ours/client.mjs', operation: 'get', calls: 20_000, concurrency: 32 },
  'uncached read, pooled': { module: 'ours/pooled.mjs', operation: 'get', calls: 20_000, concurrency: 32 },
  'equal reads': { module: 'ours/null-transport.mjs', operation: 'equalReads', calls: 200 },
  hit: { module: 'ours/null-transport.mjs', operation: 'hit', calls: 500_000 },
  createMany: { module: 'ours/null-transport.mjs', operation: 'create', calls: 30 },
  refusal: { module: 'ours/null-transport.mjs', operation: 'rejected', calls: 50_000 },
  'first call': { module: 'ours/client.mjs', operation: 'get', calls: 0 },
};
const FIRST_CALL_PROCESSES = 20;

/** The first pattern that matches the source file of a function names its part. */
const PARTS: readonly (readonly [part: string, source: RegExp])[] = [
  ['ky', /node_modules\/ky\//],
  ['opossum', /node_modules\/(?:opossum|eventemitter3)\//],
  ['zod', /node_modules\/zod\//],
  ['lru-cache', /node_modules\/lru-cache\//],
  ['fetch, undici, web streams', /undici|node:internal\/(?:webstreams|streams|fs)/],
  ['abort signals', /node:internal\/(?:abort_controller|event_target)/],
  ['timers', /node:(?:internal\/)?timers/],
  ['stacks and errors', /src\/core\/(?:call-site|errors\/|error-)/],
  ['client: pipeline', /src\/pipeline\//],
  ['client: cache', /src\/cache\//],
  ['client: auth', /src\/auth\//],
  ['client: options', /src\/config\//],
  ['client: bulk operations', /src\/collections\//],
  ['client: other', /src\/|profiled-build/],
  ['garbage collection', /^\(garbage collector\)$/],
  ['the benchmark', /bench\//],
  ['sockets, native code', /./],
];

const { values } = parseArgs({ options: { smoke: { type: 'boolean', default: false } } });
const resolvePath = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'persona-profiled-build-'));
try {
  const sources = await buildWithSources(folder);
  await using context = await BenchmarkContext.open();
  const columns = new Map<string, Map<string, number>>();
  for (const [name, workload] of Object.entries(WORKLOADS)) {
    const profiles = await takeProfiles(workload, context.service.plain);
    columns.set(name, sumByPart(profiles, sources));
  }
  const table = markdownTable(
    ['part', ...columns.keys()],
    PARTS.map(([part]) => [part, ...[...columns.values()].map((shares) => formatShare(shares.get(part)))]),
  );
  console.log(table);
  if (!values.smoke) {
    const page = 'bench/README.md';
    const source = Object.values(describeMachine()).slice(0, 3).join(' · ');
    writeFileSync(page, replaceSection(readFileSync(page, 'utf8'), 'profile', `${source}\n\n${table}`));
  }
} finally {
  rmSync(folder, { recursive: true });
}

/** Builds the client like the package, with source maps. Returns the maps by the name of the file. */
async function buildWithSources(outDir: string): Promise<ReadonlyMap<string, SourceMap>> {
  await build({ silent: true, sourcemap: true, outDir });
  const maps = readdirSync(outDir).filter((file) => file.endsWith('.js.map'));
  return new Map(
    maps.map((file) => [
      file.slice(0, -'.map'.length),
      new SourceMap(JSON.parse(readFileSync(join(outDir, file), 'utf8'))),
    ]),
  );
}

async function takeProfiles(
  { module, operation, calls, concurrency = 1 }: Workload,
  url: string,
): Promise<Profiler.Profile[]> {
  const profiles: Profiler.Profile[] = [];
  for (let run = 0; run < (calls > 0 || values.smoke ? 1 : FIRST_CALL_PROCESSES); run++) {
    const count = values.smoke ? Math.ceil(calls / 1_000) : calls;
    const program = [resolvePath('calls.mjs'), resolvePath(`../${module}`), url, operation];
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [...buildFlags(folder), ...program, String(count), String(concurrency)],
      { maxBuffer: 2 ** 30 },
    );
    profiles.push(JSON.parse(stdout));
  }
  return profiles;
}

/** Returns the share of each part. Time without work does not count. */
function sumByPart(
  profiles: readonly Profiler.Profile[],
  sources: ReadonlyMap<string, SourceMap>,
): Map<string, number> {
  const times = new Map<string, number>();
  let total = 0;
  for (const { nodes, samples = [], timeDeltas = [] } of profiles) {
    const parts = new Map(nodes.map(({ id, callFrame }) => [id, findPart(callFrame, sources)]));
    for (const [index, id] of samples.entries()) {
      const part = parts.get(id);
      const time = timeDeltas[index + 1] ?? 0; // until the next sample
      if (part === undefined) continue;
      total += time;
      times.set(part, (times.get(part) ?? 0) + time);
    }
  }
  return new Map([...times].map(([part, time]) => [part, time / total]));
}

/** Returns the part of a function, or nothing if the program waits. */
function findPart(
  { functionName, url, lineNumber, columnNumber }: Profiler.ProfileNode['callFrame'],
  sources: ReadonlyMap<string, SourceMap>,
): string | undefined {
  if (functionName === '(idle)') return undefined;
  const entry = sources.get(url.split('/').at(-1) ?? '')?.findEntry(lineNumber, columnNumber);
  const source = (entry && 'originalSource' in entry && entry.originalSource) || url || functionName;
  return PARTS.find(([, pattern]) => pattern.test(source))?.[0];
}

/** Formats a share in percent. */
function formatShare(share = 0): string {
  return (100 * share).toFixed(0);
}
