// Needs script(1) and a POSIX shell. An import of 1,500 rows runs in a terminal of 80 columns.
// The progress line says 100 % from the first row, because it counts bytes read ahead. With rejected rows it exceeds 80 columns,
// so every update scrolls. The percentage should count finished rows, and the line should fit.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
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

setTimeLimitSeconds(58);
if (!findOnPath('script')) skip('this case needs script(1)');
const service = await startService(['--dialect', 'attributes', '--seed', 'none']);
const cwd = createTempFolder();
for (const rows of [1_500, 6_000]) {
  writeFileSync(
    join(cwd, 'p.csv'),
    `name,demographic.age\n${Array.from({ length: rows }, (_, i) => `Person ${rows} ${i},${i % 40 ? 30 : 'x'}`).join('\n')}\n`,
  );
  const { stdout } = runBash(service.url, 'script -qec "stty cols 80; $PC import p.csv" /dev/null', { cwd });
  const frames = stdout
    .split('\r\x1b[2K')
    .slice(1)
    .map((frame) => stripVTControlCharacters(frame.split('\n')[0]).trimEnd());
  const worst = frames
    .map((frame) => {
      const [, percent, rowsDone] = /(\d+) %\s+([\d,]+)/.exec(frame) ?? [];
      return { frame, off: Number(percent) - (100 * Number(rowsDone?.replace(/,/g, ''))) / rows };
    })
    .filter(({ off }) => !Number.isNaN(off))
    .sort((a, b) => b.off - a.off)[0];
  check(
    `${rows} rows: the percentage counts finished rows`,
    worst && worst.off < 15,
    worst?.frame ?? 'no frames',
    'at most 15 points off',
  );
  const wideFrames = frames.filter((f) => f.length > 80).length;
  check(
    `${rows} rows: the line fits 80 columns`,
    wideFrames === 0,
    `${wideFrames} of ${frames.length} lines are wider`,
    'none',
  );
}
finish();
