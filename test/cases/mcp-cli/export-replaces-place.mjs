// The target of an export is a symbolic link, or a FIFO that another program reads. As root, it can even be /dev/stdout.
// The export renames a new file over it. The link is gone, its target stays old, the reader gets nothing, and the exit code is 0.
// The export should write through links, and directly to anything that is not a regular file. A .tsv file should contain tabs.
import { lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  check,
  createTempFolder,
  finish,
  runBash,
  runCli,
  setTimeLimitSeconds,
  startService,
} from '../lib.mjs';

setTimeLimitSeconds(50);
const service = await startService();
const cwd = createTempFolder();
mkdirSync(join(cwd, 'real'));
writeFileSync(join(cwd, 'real/x.ndjson'), 'old\n');
symlinkSync('real/x.ndjson', join(cwd, 'latest.ndjson'));
runCli(service.url, ['export', 'latest.ndjson'], { cwd });
check(
  'a symbolic link stays a link',
  lstatSync(join(cwd, 'latest.ndjson')).isSymbolicLink(),
  'a regular file',
  'a link',
);
check(
  'the target of the link is updated',
  readFileSync(join(cwd, 'real/x.ndjson'), 'utf8') !== 'old\n',
  'the old text',
  'the personas',
);
const { stdout } = runBash(
  service.url,
  'mkfifo out.ndjson; (timeout 8 cat out.ndjson > got; echo "the reader got $(wc -c < got) bytes") & sleep 0.3; $PC export out.ndjson 2>/dev/null; stat -c %F out.ndjson; wait',
  { cwd },
);
check(
  'a FIFO gets the output and stays a FIFO',
  /got [1-9]/.test(stdout) && /fifo/.test(stdout),
  stdout.trim().replace(/\n/g, '; '),
  'the reader gets the personas',
);
writeFileSync(join(cwd, 'k.csv.part'), 'mine');
runCli(service.url, ['export', 'k.csv'], { cwd });
let partText = '';
try {
  partText = readFileSync(join(cwd, 'k.csv.part'), 'utf8');
} catch {
  // It was removed.
}
check(
  'a file k.csv.part of the user is not overwritten',
  partText === 'mine',
  partText ? 'other text' : 'no file',
  'mine',
);
runCli(service.url, ['export', 'x.tsv'], { cwd });
const header = readFileSync(join(cwd, 'x.tsv'), 'utf8').split('\n')[0];
check('x.tsv is separated by tabs', header.includes('\t'), header.slice(0, 40), 'tabs');
finish();
