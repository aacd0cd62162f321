// Row 2 of a CSV has a stray quotation mark, and 400,000 short rows follow. The README says that one stray quote costs one row.
// The import fails with "Maximum call stack size exceeded" and imports nothing, because it spreads an array into unshift.
// The import should reject the bad row and import the rest, whatever the number of rows.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CLI,
  check,
  cliEnvironment,
  createTempFolder,
  fetchJson,
  finish,
  NODE,
  runCli,
  setTimeLimitSeconds,
  sleep,
  startProcess,
  startService,
  withTimeout,
} from '../lib.mjs';

setTimeLimitSeconds(50);
const service = await startService(['--dialect', 'attributes', '--seed', 'none']);
const cwd = createTempFolder();
const countPersonas = async () => (await fetchJson(service.url, '/personas?per_page=1')).total;
for (const width of [5, 11]) {
  writeFileSync(
    join(cwd, `q${width}.csv`),
    `name\nBob "The Rock\n${Array.from({ length: Math.ceil(2_300_000 / (width + 1)) }, (_, i) => `P${String(i).padStart(width - 1, '0')}`).join('\n')}\n`,
  );
  const countBefore = await countPersonas();
  const child = startProcess(NODE, [CLI, 'import', `q${width}.csv`, '--json'], {
    cwd,
    env: cliEnvironment(service.url),
  });
  let stderr = '';
  child.stderr.on('data', (d) => {
    stderr += d;
  });
  const code = await withTimeout(
    new Promise((resolve) => child.on('exit', resolve)),
    15_000,
    'still running (good)',
  );
  const created = (await countPersonas()) - countBefore;
  child.kill('SIGKILL');
  await sleep(200);
  check(
    `rows of ${width + 1} bytes: the rows after the stray quote are imported`,
    created > 0,
    `exit ${code}, ${created} created, ${/Maximum call stack[^"]*/.exec(stderr)?.[0] ?? stderr.slice(0, 80)}`,
    'some created within 15 s',
  );
}
writeFileSync(join(cwd, 'h.csv'), 'name,"psychographic.interests;x;y;z"\nA,b\n');
const headerOutput = runCli(service.url, ['import', 'h.csv', '--json'], { cwd }).stderr;
check(
  'an invalid header has a clear message (control)',
  !/undefined/.test(headerOutput),
  /"message":"[^"]*/.exec(headerOutput)?.[0] ?? headerOutput,
  'a message without "undefined"',
);
writeFileSync(join(cwd, 'n.csv'), 'name\nA\0b\n');
const nulReason =
  /"reason":"[^"]*"/.exec(runCli(service.url, ['import', 'n.csv', '--json'], { cwd }).stdout)?.[0] ?? '';
check(
  'the message does not call a NUL character a quote',
  !/quot/.test(nulReason),
  nulReason,
  'a NUL character',
);
finish();
