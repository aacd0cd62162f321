// Needs bash, whose `ulimit -f` emulates a full disk. The disk of `serve --db` is full, and each write fails with 500 and the message
// "cannot rollback - no transaction is active". SQLite has already rolled back, so the ROLLBACK in the catch block throws and
// replaces the real error. Roll back only while database.isTransaction is true. A failing ROLLBACK must not hide the first error.
import { join } from 'node:path';
import {
  CLI,
  check,
  createTempFolder,
  fetchJson,
  findOnPath,
  finish,
  NODE,
  setTimeLimitSeconds,
  skip,
  startProcess,
} from '../lib.mjs';

const bash = findOnPath('bash') ?? skip('this case needs bash');
setTimeLimitSeconds(30);
const db = join(createTempFolder(), 'full.db');
const child = startProcess(
  bash,
  ['-c', `ulimit -f 200; exec "${NODE}" "${CLI}" serve --port 0 --db "${db}"`],
  { stdio: ['ignore', 'pipe', 'inherit'] },
);
const url = await new Promise((resolve) => {
  let output = '';
  child.stdout.on('data', (data) => {
    output += data;
    const address = /at (http:\S+)/.exec(output)?.[1];
    if (address) resolve(address);
  });
});
let lastResponse = {};
let stored = 5;
for (let i = 0; i < 30 && lastResponse.message === undefined; i++) {
  lastResponse = await fetchJson(url, '/personas', 'POST', {
    name: `N${i}`,
    psychographic: { lifestyle: 'x'.repeat(20_000) },
  });
  if (lastResponse.id) stored++;
}
check(
  'the response names the reason',
  /full|disk|I\/O|limit/i.test(lastResponse.message ?? ''),
  lastResponse.message,
  'database or disk is full, or disk I/O error',
);
const { total } = await fetchJson(url, '/personas');
check('(control) the store has exactly the personas of successful creates', total === stored, total, stored);
child.kill('SIGTERM');
finish();
