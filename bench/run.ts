/**
 * Speed, side by side with what people use today: see README.md beside this file.
 *
 *   npm run bench                     every table
 *   npm run bench -- uncached herd    these
 *   npm run bench -- --smoke          a few calls of each, to see that all of it works
 *   npm run bench -- --readme         every table, and its figures into the READMEs and results.json
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { machine } from './support/machine.js';
import { type Results, withResults, withSpeed } from './support/readme.js';
import { type Effort, print, type Table } from './support/table.js';
import { cached } from './tables/cached.js';
import { collections } from './tables/collections.js';
import { herd } from './tables/herd.js';
import { openCircuit } from './tables/open-circuit.js';
import { outage } from './tables/outage.js';
import { start } from './tables/start.js';
import { uncached } from './tables/uncached.js';

const TABLES: Readonly<Record<string, (effort: Effort) => Promise<Table[]>>> = {
  uncached,
  cached,
  herd,
  'open-circuit': openCircuit,
  outage,
  start,
  collections,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { smoke: { type: 'boolean', default: false }, readme: { type: 'boolean', default: false } },
});
const unknown = positionals.find((name) => !(name in TABLES));
if (values.readme && (values.smoke || positionals.length > 0))
  throw new Error('The READMEs have the figures of a whole run: --readme goes alone.');
if (unknown) throw new Error(`There is no table ${unknown}; there are ${Object.keys(TABLES).join(', ')}.`);

const began = performance.now();
const results: Record<string, Table[]> = {};
const on = machine();
console.log(Object.values(on).join(' · '));
for (const [name, measure] of Object.entries(TABLES)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  const report = (done: string) => {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${name}: ${done}`);
  };
  results[name] = await measure({ smoke: values.smoke, report });
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  const missing = results[name].flatMap(({ goals }) => goals).find(({ figure }) => !Number.isFinite(figure));
  if (missing) throw new Error(`There is no figure for ${missing.what}.`);
  console.log(results[name].map((table) => print(table, !values.smoke)).join('\n'));
}
const found: Results = { machine: on, results };
const json = `${JSON.stringify(found, null, 2)}\n`;
writeFileSync('bench/latest.json', json);
console.log(`\n${Math.round((performance.now() - began) / 1000)} seconds; as JSON in bench/latest.json`);
if (values.readme) {
  writeFileSync('bench/results.json', json);
  for (const [file, fill] of Object.entries({ 'README.md': withSpeed, 'bench/README.md': withResults }))
    writeFileSync(file, fill(readFileSync(file, 'utf8'), found));
}
