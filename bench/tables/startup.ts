import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { BenchmarkContext } from '../support/context.js';
import { interleave } from '../support/interleave.js';
import { createFirstCalls } from '../support/processes.js';
import { interquartileRange, median } from '../support/statistics.js';
import { formatNumber, formatRatio, type RunOptions, type Table } from '../support/table.js';

const RUNS = 21;
const ESM = 'persona-client, ES module';
const CJS = 'persona-client, CommonJS';
const DEPENDENCIES_ESM = 'ky and zod/mini, import';
const DEPENDENCIES_CJS = 'ky and zod/mini, require';
/** The CommonJS build is loaded by path, because Node.js resolves `require('persona-client')` to the ES module. */
const LOADS: Readonly<Record<string, readonly string[]>> = {
  [DEPENDENCIES_ESM]: ['import-time.mjs', 'ky', 'zod/mini'],
  [ESM]: ['import-time.mjs', 'persona-client'],
  [DEPENDENCIES_CJS]: ['require-time.cjs', 'ky', 'zod/mini'],
  [CJS]: ['require-time.cjs', '../../dist/index.cjs'],
};

/** Measures loading the package, and creating a client. */
export async function startup(options: RunOptions): Promise<Table[]> {
  return [measureLoading(options), await measureFirstResults(options), await measureConstruction(options)];
}

function measureLoading({ smoke, report }: RunOptions): Table {
  const times = new Map<string, number[]>(Object.keys(LOADS).map((name) => [name, []]));
  const runs = smoke ? 1 : RUNS;
  for (let run = 0; run < runs; run++) {
    report(`loading, ${run + 1} of ${runs}`);
    for (const [name, [program = '', ...modules]] of Object.entries(LOADS)) {
      const cwd = fileURLToPath(new URL('../ours/', import.meta.url));
      const output = execFileSync(process.execPath, [program, ...modules], { cwd, encoding: 'utf8' });
      times.get(name)?.push(Number(output));
    }
  }
  const getTimes = (name: string) => times.get(name) ?? [];
  const loadRatio = (name: string, baseline: string) =>
    median(getTimes(name).map((time, index) => time / (getTimes(baseline)[index] ?? Number.NaN)));
  return {
    title: 'Loading the package',
    columns: ['', 'ms', 'interquartile range', 'x ky and zod/mini'],
    rows: Object.keys(LOADS).map((name) => [
      name,
      formatNumber(median(getTimes(name))),
      interquartileRange(getTimes(name)).map(formatNumber).join(' to '),
      formatRatio(
        loadRatio(name, name === ESM || name === DEPENDENCIES_ESM ? DEPENDENCIES_ESM : DEPENDENCIES_CJS),
      ),
    ]),
    goals: [
      {
        name: 'importing the ES module / importing ky and zod/mini',
        value: loadRatio(ESM, DEPENDENCIES_ESM),
        atMost: 1.15,
      },
      {
        name: 'requiring the CommonJS build / requiring ky and zod/mini',
        value: loadRatio(CJS, DEPENDENCIES_CJS),
        atMost: 1.15,
      },
    ],
  };
}

/** Measures new processes that load a client, log in, and read two personas. */
async function measureFirstResults(options: RunOptions): Promise<Table> {
  await using context = await BenchmarkContext.open();
  const { plain } = context.service;
  const workload = { operation: 'get', calls: 1 };
  const rounds = await interleave(
    {
      'bare fetch': { subject: createFirstCalls('peers/fetch.mjs', plain), workload },
      ky: { subject: createFirstCalls('peers/ky.mjs', plain), workload },
      "openai's client": { subject: createFirstCalls('peers/openai.mjs', plain), workload },
      'persona-client': { subject: createFirstCalls('ours/client.mjs', plain), workload },
    },
    options,
  );
  return {
    title: 'Loading a client and two reads, in a new process',
    columns: ['', 'CPU ms', 'x bare fetch', 'interquartile range'],
    rows: rounds.names.map((name) => [
      name,
      formatNumber(rounds.microseconds(name, 'cpuUs') / 1_000),
      formatRatio(rounds.ratio(name, 'bare fetch', 'cpuUs')),
      rounds.ratioRange(name, 'bare fetch', 'cpuUs').map(formatRatio).join(' to '),
    ]),
    goals: [
      {
        name: 'import and two reads / the same with fetch',
        value: rounds.ratio('persona-client', 'bare fetch', 'cpuUs'),
        atMost: 2,
      },
    ],
  };
}

async function measureConstruction(options: RunOptions): Promise<Table> {
  await using context = await BenchmarkContext.open();
  const creating = await context.startSubject('ours/client.mjs');
  const reading = await context.startSubject('ours/client.mjs');
  const [CREATE, READ] = ['new client', 'an uncached read'];
  const calls = options.smoke ? 5 : 2_000;
  const rounds = await interleave(
    {
      [READ]: { subject: reading, workload: { operation: 'get', calls: options.smoke ? 5 : 1_000 } },
      [CREATE]: { subject: creating, workload: { operation: 'construct', calls } },
    },
    options,
  );
  const measuring = await context.startSubject('ours/client.mjs');
  await measuring.run({ operation: 'heapPerClient', calls: 1 }); // compiles the code
  const { value: bytes } = await measuring.run({ operation: 'heapPerClient', calls: 1 });
  return {
    ...rounds.table('New client', READ),
    goals: [
      {
        name: 'creating a client / an uncached read',
        value: rounds.ratio(CREATE, READ, 'cpuUs'),
        atMost: 0.3,
      },
      { name: 'heap of a client in KB', value: bytes / 1024, atMost: 12 },
    ],
  };
}
