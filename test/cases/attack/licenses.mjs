// Needs THIRD_PARTY_LICENSES of the checkout. dist/ contains code of content-type and of @cfworker/json-schema.
// A dependency vendored both, so the list of licenses of bundled code does not name them.
// The list should contain what the bundler included, and what those packages include.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { check, distFolder, finish, packageRoot } from '../lib.mjs';

const code = readdirSync(distFolder)
  .filter((f) => f.endsWith('.js'))
  .map((f) => readFileSync(join(distFolder, f), 'utf8'))
  .join('\n');
const list = readFileSync(join(packageRoot, 'THIRD_PARTY_LICENSES'), 'utf8');
for (const [name, fragment] of [
  ['content-type', 'invalid parameter format'],
  ['@cfworker/json-schema', 'A subschema had errors.'],
]) {
  const isBundled = code.includes(fragment);
  check(
    `${name}: named in THIRD_PARTY_LICENSES if its code is in dist`,
    !isBundled || list.includes(name),
    'not named',
    'its license',
  );
}
finish();
