/** Writes THIRD_PARTY_LICENSES: the licence of every package whose code is inside dist. `--check` only compares. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { BUNDLED, BUNDLED_IN_CJS, BUNDLED_IN_CLI } from '../tsup.config.js';

const root = new URL('../', import.meta.url);
const target = new URL('THIRD_PARTY_LICENSES', root);

function licenceOf(name: string): string {
  const folder = new URL(`node_modules/${name}/`, root);
  const { version, license } = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8'));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  if (file === undefined) throw new Error(`${name} has no licence file`);
  const text = readFileSync(new URL(file, folder), 'utf8').trim();
  return `${name} ${version} (${license})\n\n${text}`;
}

const rule = `\n\n${'-'.repeat(80)}\n\n`;
const head = 'The files in dist contain code of the following packages, each under its own licence.';
const content = `${[head, ...[...new Set([...BUNDLED, ...BUNDLED_IN_CJS, ...BUNDLED_IN_CLI])].sort().map(licenceOf)].join(rule)}\n`;

if (!process.argv.includes('--check')) writeFileSync(target, content);
else if (readFileSync(target, 'utf8') !== content) {
  console.error('THIRD_PARTY_LICENSES is not up to date: run `npm run licenses`.');
  process.exit(1);
}
