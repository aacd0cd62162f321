/** Writes THIRD_PARTY_LICENSES: the license of every package bundled into dist. `--check` only compares. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { ALL_BUNDLED } from '../tsup.config.js';

const root = new URL('../', import.meta.url);
const target = new URL('THIRD_PARTY_LICENSES', root);

function readLicense(name: string): string {
  const folder = new URL(`node_modules/${name}/`, root);
  const { version, license } = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8'));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  if (file === undefined) throw new Error(`${name} has no license file`);
  const text = readFileSync(new URL(file, folder), 'utf8').trim();
  return `${name} ${version} (${license})\n\n${text}`;
}

const separator = `\n\n${'-'.repeat(80)}\n\n`;
const introduction = 'The files in dist contain code of these packages, each under its own license.';
const content = `${[introduction, ...ALL_BUNDLED.toSorted().map(readLicense)].join(separator)}\n`;

if (!process.argv.includes('--check')) writeFileSync(target, content);
else if (readFileSync(target, 'utf8') !== content) {
  console.error('THIRD_PARTY_LICENSES is out of date. Run npm run licenses.');
  process.exit(1);
}
