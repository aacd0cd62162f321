import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { BenchmarkContext } from '../support/context.js';
import { interleave } from '../support/interleave.js';
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
  return [measureLoading(options), await measureConstruction(options)];
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
        value: rounds.ratio(CREATE, READ),
        atMost: 0.3,
      },
      { name: 'heap of a client in KB', value: bytes / 1024, atMost: 12 },
    ],
  };
}
