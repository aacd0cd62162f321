// Small messages of the command line that mislead a newcomer: one imported row, one rejected row, a 400 of the service.
// The command prints "Imported 1 personas" and "1 rejected rows are".
// Exit code 2 means "nothing was sent" in the docs, but a 400 of the service also exits with 2.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  check,
  createPersona,
  createTempFolder,
  finish,
  runCli,
  runCliAsync,
  setTimeLimitSeconds,
  startService,
  startStubService,
} from '../lib.mjs';

setTimeLimitSeconds(30);
const service = await startService(['--dialect', 'attributes', '--seed', 'none']);
const cwd = createTempFolder();
writeFileSync(join(cwd, 'x.csv'), 'name,demographic.age\nAda,36\n,6\n');
const result = runCli(service.url, ['import', 'x.csv'], { cwd });
const text = result.stdout + result.stderr;
check(
  'one row: the message uses the singular',
  !/\b1 personas|\b1 rejected rows/.test(text),
  /[^\n]*\b1 (personas|rejected rows)[^\n]*/.exec(text)?.[0],
  '1 persona, 1 rejected row',
);
const isDocumented =
  existsSync(join(cwd, 'x.csv.rejected.csv')) ||
  !/<file>\.rejected\./.test(runCli(service.url, ['import', '--help']).stdout);
check(
  'the rejected file has the name that the help says (control)',
  isDocumented,
  'x.rejected.csv',
  'x.csv.rejected.csv, or other help',
);
const rejectingService = await startStubService(({ method }) =>
  method === 'POST'
    ? { status: 400, body: { error: 'Validation error' } }
    : { body: { personas: [createPersona(1)], total: 1, page: 1, per_page: 20 } },
);
const createResult = await runCliAsync(rejectingService.url, ['create', '--name', 'x', '--json']);
check(
  'a 400 of the service has another exit code than "nothing was sent" (2)',
  createResult.status !== 2,
  `exit ${createResult.status}`,
  'another code, or other docs',
);
finish();
