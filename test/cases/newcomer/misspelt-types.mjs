// Needs the package typescript of the checkout.
// A TypeScript program misspells a psychographic field, a season, and a field of its own strict schema.
// All three compile. Misspelled demographic fields and options are reported, with a good message.
// A strict schema in defineAttributes should give strict types, or an option should enable strict fields.
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
const mistakes = {
  'demographic: citty (control)':
    "await client.personas.create({ name: 'x', demographic: { citty: 'Oslo' } });",
  'psychographic: interest': "await client.psychographic.update(1, { interest: ['music'] });",
  "contextual: season 'sumer'": "await client.contextual.update(1, { season: 'sumer' });",
  'own strict schema, written': "await own.psychographic.update(1, { moood: 'x' });",
  'own strict schema, read': 'console.log((await own.psychographic.get(1)).moood);',
};
const scenarios = Object.keys(mistakes);
writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
writeFileSync(
  join(folder, 'a.ts'),
  `import { PersonaClient, defineAttributes } from 'persona-client';\nimport * as z from 'zod';\nconst client = new PersonaClient();\nconst own = new PersonaClient({ attributes: defineAttributes({ psychographic: z.strictObject({ mood: z.string() }) }) });\n${Object.values(mistakes).join('\n')}\n`,
);
writeFileSync(
  join(folder, 'tsconfig.json'),
  JSON.stringify({
    compilerOptions: {
      noEmit: true,
      strict: true,
      skipLibCheck: true,
      module: 'nodenext',
      target: 'es2022',
      types: [],
    },
    files: ['a.ts'],
  }),
);
const { stdout } = spawnSync(NODE, [tsc, '-p', '.'], { cwd: folder, encoding: 'utf8' });
for (const [i, scenario] of scenarios.entries())
  check(`${scenario}: does not compile`, stdout.includes(`a.ts(${i + 5},`), 'it compiles', 'an error');
finish();
