// Needs the package typescript of the checkout.
// A browser project checks its libraries (skipLibCheck: false) with lib ES2022 and DOM, and without Node's types.
// tsc reports TS2550 in the package's declarations: Symbol.dispose is unknown.
// The declarations should reference that library: /// <reference lib="esnext.disposable" />.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import {
  check,
  createTempFolder,
  distFolder,
  finish,
  NODE,
  packageRoot,
  requireDevPackage,
  setTimeLimitSeconds,
} from '../lib.mjs';

setTimeLimitSeconds(55);
requireDevPackage('typescript');
const tsc = join(
  dirname(createRequire(join(packageRoot, 'package.json')).resolve('typescript/package.json')),
  'bin/tsc',
);
const folder = createTempFolder();
const packageFolder = join(folder, 'node_modules/persona-client');
mkdirSync(packageFolder, { recursive: true });
cpSync(distFolder, join(packageFolder, 'dist'), { recursive: true });
cpSync(join(packageRoot, 'package.json'), join(packageFolder, 'package.json'));
for (const name of ['zod', 'ky'])
  symlinkSync(join(packageRoot, 'node_modules', name), join(folder, 'node_modules', name));
writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
writeFileSync(
  join(folder, 'a.ts'),
  "import { PersonaClient } from 'persona-client';\nexport const p = new PersonaClient().personas.get(1);\n",
);
for (const lib of [
  ['ES2022', 'DOM', 'DOM.Iterable', 'ESNext.Disposable'],
  ['ES2022', 'DOM', 'DOM.Iterable'],
  ['ES2024', 'DOM', 'DOM.Iterable'],
]) {
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        noEmit: true,
        strict: true,
        skipLibCheck: false,
        module: 'nodenext',
        target: 'es2022',
        lib,
        types: [],
      },
      files: ['a.ts'],
    }),
  );
  const { stdout } = spawnSync(NODE, [tsc, '-p', '.'], { cwd: folder, encoding: 'utf8' });
  check(`lib ${lib.join(', ')}: no errors`, stdout.trim() === '', stdout.split('\n')[0], 'no errors');
}
finish();
