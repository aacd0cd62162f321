// 1. `import p.csv --rejected p.csv` empties the input while it reads it, and the report says complete.
// 2. A user fixes the rejected rows in p.rejected.csv and repeats the command, as its help says. The fixed rows are gone.
// 3. p.rejected.csv is a link to another file. The command truncates that file, which the user never named.
// The command should reject an output that is its input (compare device and inode), and never overwrite a file of another run.
import { readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  check,
  createTempFolder,
  fetchJson,
  finish,
  runCli,
  setTimeLimitSeconds,
  startService,
} from '../lib.mjs';

setTimeLimitSeconds(55);
const service = await startService(['--dialect', 'attributes', '--seed', 'none']);
const cwd = createTempFolder();
const rows = 8_000;
const countPersonas = async () => (await fetchJson(service.url, '/personas?per_page=1')).total;
writeFileSync(join(cwd, 'q.csv'), 'name,demographic.age\nOk,30\nBad,x\n');
runCli(service.url, ['import', 'q.csv'], { cwd });
writeFileSync(join(cwd, 'q.rejected.csv'), 'name,demographic.age\nBad,33\n');
runCli(service.url, ['import', 'q.csv'], { cwd });
const fixedRows = readFileSync(join(cwd, 'q.rejected.csv'), 'utf8');
check('a second run keeps rows fixed by hand', fixedRows.includes('33'), fixedRows, 'Bad,33');
writeFileSync(join(cwd, 'precious.txt'), 'precious\n');
symlinkSync('precious.txt', join(cwd, 'l.rejected.csv'));
writeFileSync(join(cwd, 'l.csv'), 'name,demographic.age\nL,36\n,6\n');
runCli(service.url, ['import', 'l.csv'], { cwd });
const precious = readFileSync(join(cwd, 'precious.txt'), 'utf8');
check('a file behind a link at that path is unchanged', precious === 'precious\n', precious, 'precious');
const countBefore = await countPersonas();
writeFileSync(
  join(cwd, 'p.csv'),
  `name,demographic.age\n${Array.from({ length: rows }, (_, i) => `Somebody with a longer name ${i},${i === 2 ? 'x' : 30}`).join('\n')}\n`,
);
const sizeBefore = statSync(join(cwd, 'p.csv')).size;
const result = runCli(
  service.url,
  ['import', 'p.csv', '--rejected', 'p.csv', '--json', '--concurrency', '50'],
  { cwd },
);
const created = (await countPersonas()) - countBefore;
const sizeAfter = statSync(join(cwd, 'p.csv')).size;
check(
  '--rejected on the input: rejected, or all rows imported and the input unchanged',
  (result.status === 2 && sizeAfter === sizeBefore) || (created === rows - 1 && sizeAfter === sizeBefore),
  `exit ${result.status}, ${created} of ${rows - 1} created, input ${sizeBefore} -> ${sizeAfter} bytes, ${/"complete":\w+/.exec(result.stdout)?.[0]}`,
  'exit 2',
);
finish();
