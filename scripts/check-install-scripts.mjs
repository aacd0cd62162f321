/**
 * Fails if an installed package has install scripts that `allowScripts` in package.json does not list. Otherwise prints
 * the packages whose scripts may run.
 *
 *   npm ci --ignore-scripts && npm rebuild $(node scripts/check-install-scripts.mjs [folder])
 *
 * Reads the installed packages and imports none of them, so that no code of a package runs before this check. Runs on
 * every Node, because the Node of the project is not installed yet.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder = '.'] = process.argv.slice(2);
const { allowScripts = {} } = readManifest(folder);
const found = findPackages(join(folder, 'node_modules')).filter(hasInstallScripts).map(readManifest);
const unlisted = found.filter(
  ({ name, version }) => !(name in allowScripts || `${name}@${version}` in allowScripts),
);
if (unlisted.length > 0) {
  const names = unlisted.map(({ name, version }) => `${name} ${version}`).join(', ');
  console.error(
    `These packages have install scripts: ${names}. Nothing ran. Read the scripts, then list the packages in allowScripts.`,
  );
  process.exit(1);
}
const allowed = found.filter(({ name, version }) => allowScripts[`${name}@${version}`] ?? allowScripts[name]);
console.log([...new Set(allowed.map(({ name }) => name))].join(' '));

/** Returns the folders of all packages, nested ones included. */
function findPackages(modules) {
  if (!existsSync(modules)) return [];
  const names = readdirSync(modules).filter((name) => !name.startsWith('.'));
  const folders = names.flatMap((name) =>
    name.startsWith('@')
      ? readdirSync(join(modules, name)).map((inner) => join(modules, name, inner))
      : [join(modules, name)],
  );
  return folders
    .filter((path) => existsSync(join(path, 'package.json')))
    .flatMap((path) => [path, ...findPackages(join(path, 'node_modules'))]);
}

/** npm also runs node-gyp for a package with a binding.gyp. */
function hasInstallScripts(path) {
  const { scripts = {} } = readManifest(path);
  return (
    ['preinstall', 'install', 'postinstall'].some((name) => name in scripts) ||
    existsSync(join(path, 'binding.gyp'))
  );
}

function readManifest(path) {
  return JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'));
}
