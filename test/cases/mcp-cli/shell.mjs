// Needs bash and /dev/full. A user imports from <(...), completes a file name with a space, or writes to a full disk.
// The results: "unable to open database file" (the journal beside /dev/fd/63), the completions `my` and `people.csv`, minified code.
// Each should work, or fail with a message that says what to do. `completion <TAB>` should offer the shells.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  check,
  createTempFolder,
  findOnPath,
  finish,
  runBash,
  setTimeLimitSeconds,
  skip,
  startService,
} from '../lib.mjs';

setTimeLimitSeconds(50);
if (!findOnPath('bash') || !existsSync('/dev/full')) skip('this case needs bash and /dev/full');
const service = await startService(['--dialect', 'attributes', '--seed', 'none']);
const cwd = createTempFolder();
const lastLine = (result) => `${result.stdout.trim()} ${result.stderr.trim().split('\n').at(-1)}`;
let result = runBash(service.url, `$PC import <(printf 'name\\nSub1\\n') --format csv; echo "rc $?"`, {
  cwd,
});
check('import <(…)', /rc 0/.test(result.stdout), lastLine(result), 'rc 0');
result = runBash(
  service.url,
  `$PC import <(printf 'name,demographic.age\\nS2,x\\nS3,4\\n') --format csv --no-journal; echo "rc $?"`,
  { cwd },
);
check(
  'import <(…) with a bad row',
  /rc 3/.test(result.stdout),
  lastLine(result),
  'rc 3: the good row is imported',
);
writeFileSync(join(cwd, 'my people.csv'), '');
result = runBash(
  service.url,
  `source <($PC completion bash); COMP_WORDS=(persona-client import my); COMP_CWORD=2; _persona_client; printf '<%s>' "\${COMPREPLY[@]}"; COMP_WORDS=(persona-client completion ''); COMPREPLY=(); _persona_client; printf ' [%s]' "\${COMPREPLY[*]}"`,
  { cwd },
);
check(
  'bash completes "my people.csv"',
  /<my people\.csv>|<my\\ people\.csv>/.test(result.stdout),
  result.stdout,
  '<my people.csv>',
);
check(
  'bash completes "completion <TAB>" with the shells',
  /\[.*zsh.*\]/.test(result.stdout),
  /\[.*\]/.exec(result.stdout)?.[0],
  '[bash fish zsh]',
);
result = runBash(service.url, '$PC list > /dev/full');
check(
  'a full disk gives a message, not a stack',
  !/at .*\.js:\d/.test(result.stderr),
  result.stderr.split('\n').find((l) => /ENOSPC/.test(l)) ?? result.stderr.slice(0, 80),
  'No space left …',
);
finish();
