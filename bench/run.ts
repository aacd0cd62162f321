/**
 * Compares the client with other libraries: see README.md.
 *
 *   npm run bench                              all tables
 *   npm run bench -- uncached thundering-herd  only these tables
 *   npm run bench -- --smoke                   a few calls of each, to check that everything works
 *   npm run bench -- --readme                  all tables; writes the values to the documents and to results.json
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { describeMachine } from './support/machine.js';
import { type Results, updateResults, updateSpeedTable } from './support/readme.js';
import { formatTable, type RunOptions, type Table } from './support/table.js';
import { cached } from './tables/cached.js';
import { collections } from './tables/collections.js';
import { openCircuit } from './tables/open-circuit.js';
import { outage } from './tables/outage.js';
import { priorities } from './tables/priorities.js';
import { startup } from './tables/startup.js';
import { thunderingHerd } from './tables/thundering-herd.js';
import { uncached } from './tables/uncached.js';
import { workerd } from './tables/workerd.js';

const TABLES: Readonly<Record<string, (options: RunOptions) => Promise<Table[]>>> = {
  uncached,
  cached,
  'thundering-herd': thunderingHerd,
  'open-circuit': openCircuit,
  outage,
  startup,
  collections,
  priorities,
  workerd,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { smoke: { type: 'boolean', default: false }, readme: { type: 'boolean', default: false } },
});
const unknown = positionals.find((name) => !(name in TABLES));
if (values.readme && (values.smoke || positionals.length > 0))
  throw new Error('--readme needs a complete run. Use it without other arguments.');
if (unknown) throw new Error(`Unknown table ${unknown}. Use one of ${Object.keys(TABLES).join(', ')}.`);

const startedAt = performance.now();
const results: Record<string, Table[]> = {};
const machine = describeMachine();
console.log(Object.values(machine).join(' · '));
for (const [name, measure] of Object.entries(TABLES)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  const report = (progress: string) => {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${name}: ${progress}`);
  };
  results[name] = await measure({ smoke: values.smoke, report });
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  const missing = results[name].flatMap(({ goals }) => goals).find(({ value }) => !Number.isFinite(value));
  if (missing) throw new Error(`No value was measured for the goal: ${missing.name}`);
  console.log(results[name].map((table) => formatTable(table, !values.smoke)).join('\n'));
}
const run: Results = { machine, results };
const json = `${JSON.stringify(run, null, 2)}\n`;
writeFileSync('bench/latest.json', json);
console.log(
  `\n${Math.round((performance.now() - startedAt) / 1000)} seconds. Results are in bench/latest.json`,
);
if (values.readme) {
  writeFileSync('bench/results.json', json);
  for (const [file, update] of Object.entries({
    'docs/guides/performance.md': updateSpeedTable,
    'bench/README.md': updateResults,
  }))
    writeFileSync(file, update(readFileSync(file, 'utf8'), run));
}
