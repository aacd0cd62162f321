import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Stage } from '../support/stage.js';
import { median, spread } from '../support/statistics.js';
import { digits, type Effort, ratio, type Table } from '../support/table.js';
import { takeTurns } from '../support/turns.js';

const RUNS = 21;
const ESM = 'persona-client, ES module';
const CJS = 'persona-client, CommonJS';
const PARTS = 'ky and zod/mini, import';
const REQUIRED = 'ky and zod/mini, require';
/** By their paths, since Node takes the ES module for `require('persona-client')` too. */
const LOADS: Readonly<Record<string, readonly string[]>> = {
  [PARTS]: ['import-time.mjs', 'ky', 'zod/mini'],
  [ESM]: ['import-time.mjs', 'persona-client'],
  [REQUIRED]: ['require-time.cjs', 'ky', 'zod/mini'],
  [CJS]: ['require-time.cjs', '../../dist/index.cjs'],
};

/** What it takes to load it, and to have one more. */
export async function start(effort: Effort): Promise<Table[]> {
  return [loading(effort), await constructing(effort)];
}

function loading({ smoke, report }: Effort): Table {
  const times = new Map<string, number[]>(Object.keys(LOADS).map((name) => [name, []]));
  const runs = smoke ? 1 : RUNS;
  for (let run = 0; run < runs; run++) {
    report(`loading, ${run + 1} of ${runs}`);
    for (const [name, [program = '', ...modules]] of Object.entries(LOADS)) {
      const cwd = fileURLToPath(new URL('../ours/', import.meta.url));
      const took = execFileSync(process.execPath, [program, ...modules], { cwd, encoding: 'utf8' });
      times.get(name)?.push(Number(took));
    }
  }
  const of = (name: string) => times.get(name) ?? [];
  const against = (name: string, other: string) =>
    median(of(name).map((time, at) => time / (of(other)[at] ?? Number.NaN)));
  return {
    title: 'Loading the package',
    columns: ['', 'ms', 'half of the runs', 'x ky and zod/mini'],
    rows: Object.keys(LOADS).map((name) => [
      name,
      digits(median(of(name))),
      spread(of(name)).map(digits).join(' to '),
      ratio(against(name, name === ESM || name === PARTS ? PARTS : REQUIRED)),
    ]),
    goals: [
      { what: 'importing the ES module, to ky and zod/mini', figure: against(ESM, PARTS), atMost: 1.15 },
      {
        what: 'requiring the CommonJS build, to ky and zod/mini',
        figure: against(CJS, REQUIRED),
        atMost: 1.15,
      },
    ],
  };
}

async function constructing(effort: Effort): Promise<Table> {
  await using stage = await Stage.open();
  const making = await stage.subject('ours/client.mjs');
  const reading = await stage.subject('ours/client.mjs');
  const [MADE, READ] = ['another client', 'an uncached read'];
  const calls = effort.smoke ? 5 : 2_000;
  const rounds = await takeTurns(
    {
      [READ]: { subject: reading, chunk: { operation: 'get', calls: effort.smoke ? 5 : 1_000 } },
      [MADE]: { subject: making, chunk: { operation: 'construct', calls } },
    },
    effort,
  );
  const holding = await stage.subject('ours/client.mjs');
  await holding.run({ operation: 'heapPerClient', calls: 1 }); // compiles what it needs
  const { value: bytes } = await holding.run({ operation: 'heapPerClient', calls: 1 });
  return {
    ...rounds.table('Another client', READ),
    goals: [
      {
        what: 'constructing another client, to an uncached read',
        figure: rounds.ratio(MADE, READ),
        atMost: 0.3,
      },
      { what: 'kilobytes of heap of another client', figure: bytes / 1024, atMost: 12 },
    ],
  };
}
