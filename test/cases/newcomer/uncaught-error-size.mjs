// A newcomer runs three lines from the README without a service, and does not catch the error.
// Node prints the line that threw: 100 KB of minified code. Through a pipe (container, CI), the output ends at 64 KB, so class, message
// and stack never appear. The built files of every entry should have short lines (esbuild's lineLimit).
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  check,
  createTempFolder,
  distFolder,
  findOnPath,
  finish,
  INDEX,
  NODE,
  setTimeLimitSeconds,
} from '../lib.mjs';

setTimeLimitSeconds(30);
const folder = createTempFolder();
writeFileSync(
  join(folder, 'call.mjs'),
  `import { PersonaClient } from ${JSON.stringify(INDEX)};\nawait new PersonaClient({ baseUrl: 'http://127.0.0.1:9', retry: false }).personas.list();\n`,
);
writeFileSync(
  join(folder, 'call.cjs'),
  `const { PersonaClient } = require(${JSON.stringify(join(distFolder, 'index.cjs'))});\nnew PersonaClient({ baseUrl: 'http://127.0.0.1:9', retry: false }).personas.list();\n`,
);
writeFileSync(
  join(folder, 'option.mjs'),
  `import { PersonaClient } from ${JSON.stringify(INDEX)};\nnew PersonaClient({ timeout: 5 });\n`,
);
for (const file of ['call.mjs', 'call.cjs', 'option.mjs']) {
  const { stderr } = spawnSync(NODE, [file], { cwd: folder, encoding: 'utf8' });
  check(
    `${file}: an uncaught error is under 5 KB`,
    stderr.length < 5_000,
    `${Math.round(stderr.length / 1000)} KB, the longest line ${Math.max(...stderr.split('\n').map((l) => l.length))} characters`,
    'under 5 KB',
  );
}
if (findOnPath('sh')) {
  let lostOutputs = 0;
  for (let i = 0; i < 5; i++) {
    const { stdout } = spawnSync('sh', ['-c', `"${NODE}" call.mjs 2>&1 | cat`], {
      cwd: folder,
      encoding: 'utf8',
    });
    if (!stdout.includes('Persona')) lostOutputs++;
    else if (!/PersonaConnectionError/.test(stdout.slice(-4_000))) lostOutputs++;
  }
  check(
    'call.mjs through a pipe: class and message appear, 5 of 5',
    lostOutputs === 0,
    `lost ${lostOutputs} of 5 times`,
    '5 of 5',
  );
}
finish();
