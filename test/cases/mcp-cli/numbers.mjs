// A CSV from pandas, R, PostGIS or a spreadsheet has latitude 51.50 and age 36.0. NDJSON has an account number of 20 digits.
// The import rejects the rows with an incorrect reason: "must be from -90 to 90 degrees". It silently changes the long number.
// A number field should accept any decimal notation. An integer beyond 2^53 should be stored exactly or rejected.
import { writeFileSync } from 'node:fs';
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

setTimeLimitSeconds(58);
const service = await startService(['--dialect', 'attributes', '--seed', 'none']);
const cwd = createTempFolder();
let fileCount = 0;
const rows = [
  [
    'latitude',
    [
      '51.50',
      '40.0',
      '51.507351900000003',
      '-79.3800',
      '-0.0',
      '1e1',
      '.5',
      ' 51.5',
      '+51.5',
      '0.1234567890123456789',
      '-0.0000001',
    ],
  ],
  ['age', ['36.0', ' 36', '36 ']],
].flatMap(([field, texts]) => texts.map((text) => [field, text]));
for (const field of ['latitude', 'age']) {
  const texts = rows.filter(([f]) => f === field).map(([, t]) => t);
  const file = `n${fileCount++}.csv`;
  writeFileSync(
    join(cwd, file),
    `name,demographic.${field}\n${texts.map((t, i) => `N${i},"${t}"`).join('\n')}\n`,
  );
  const report = JSON.parse(runCli(service.url, ['import', file, '--json'], { cwd }).stdout);
  const reasonByRow = new Map(report.problems.map((t) => [t.row, t.reason]));
  for (const [i, text] of texts.entries())
    check(
      `CSV, ${field} ${JSON.stringify(text)}`,
      !reasonByRow.has(i + 2),
      reasonByRow.get(i + 2),
      'imported',
    );
}
const createResult = runCli(service.url, [
  'create',
  '--name',
  'Set',
  '--set',
  'demographic.age=36.0',
  '--json',
]);
check(
  'create --set demographic.age=36.0',
  createResult.status === 0,
  /"message":"[^"]*/.exec(createResult.stderr)?.[0] ?? createResult.stderr,
  'created',
);
for (const [file, text] of [
  ['b.ndjson', '{"name":"B1","psychographic":{"account":12345678901234567890}}\n'],
  ['b.json', '[{"name":"B2","psychographic":{"account":9007199254740993}}]'],
  ['b.csv', 'name,psychographic.account\nB3,12345678901234567890\n'],
]) {
  writeFileSync(join(cwd, file), text);
  const report = JSON.parse(runCli(service.url, ['import', file, '--json'], { cwd }).stdout);
  const digits = /\d{16,}/.exec(text)[0];
  const { personas } = await fetchJson(service.url, '/personas?per_page=1');
  const raw = await (await fetch(`${service.url}/api/v1/personas/${personas[0].id}`)).text();
  check(
    `${file}${file.endsWith('csv') ? ' (control)' : ''}: ${digits} is stored exactly, or rejected`,
    raw.includes(digits) || report.rejected === 1,
    /"account":\s*"?\d+/.exec(raw)?.[0],
    digits,
  );
}
finish();
