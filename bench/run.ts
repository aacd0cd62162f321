/**
 * Speed, side by side with what people use today: see README.md beside this file.
 *
 *   npm run bench                     every table
 *   npm run bench -- uncached herd    these
 *   npm run bench -- --smoke          a few calls of each, to see that all of it works
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { machine } from './support/machine.js';
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
  options: { smoke: { type: 'boolean', default: false } },
});
const unknown = positionals.find((name) => !(name in TABLES));
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
  console.log(results[name].map((table) => print(table, !values.smoke)).join('\n'));
}
writeFileSync('bench/latest.json', `${JSON.stringify({ machine: on, results }, null, 2)}\n`);
console.log(`\n${Math.round((performance.now() - began) / 1000)} seconds; as JSON in bench/latest.json`);
