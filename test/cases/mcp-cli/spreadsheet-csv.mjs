// CSV files of Excel, Numbers and PowerShell: an empty last column, rows of commas only, sep=;, a lone CR, `Name`.
// The import rejects the files, some with an odd message ("The column "" is there twice"), or rejects the empty rows.
// It should ignore cells without data, and accept or suggest a header that differs in case or spaces.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { check, createTempFolder, finish, runCli, setTimeLimitSeconds, startService } from '../lib.mjs';

setTimeLimitSeconds(55);
const service = await startService(['--dialect', 'attributes', '--seed', 'none']);
const cwd = createTempFolder();
let fileCount = 0;
for (const [scenario, bytes, created] of [
  ['one empty column at the end', 'name,demographic.city,\nT1,London,\n', 1],
  ['three empty columns at the end', 'name,demographic.city,,,\nT2,London,,,\n', 1],
  ['rows of commas only', 'name,demographic.city\nT3,London\n,\n,\n', 1],
  ['sep=;', 'sep=;\r\nname;demographic.city\r\nT5;London\r\n', 1],
  ['lone carriage returns', 'name,demographic.city\rT6,London\rT7,Rome\r', 2],
  ['a space after the comma in the header', 'name, demographic.city\nT8,London\n', 1],
  ['Name, in capitals', 'Name,demographic.city\nT9,London\n', 1],
]) {
  const file = `t${fileCount++}.csv`;
  writeFileSync(join(cwd, file), bytes);
  const result = runCli(service.url, ['import', file, '--json'], { cwd });
  const report = result.stdout ? JSON.parse(result.stdout) : undefined;
  check(
    scenario,
    report?.created === created && report.rejected === 0,
    `exit ${result.status} ${report ? report.problems.map((t) => t.reason).join('; ') : /"message":"(?:[^"\\]|\\.)*"/.exec(result.stderr)?.[0]}`,
    `${created} created`,
  );
}
writeFileSync(join(cwd, 'bom.json'), '\ufeff{"name":"Bom"}');
const createResult = runCli(service.url, ['create', '--data', '@bom.json', '--json'], { cwd });
check(
  'create --data @file with a byte order mark, which import accepts',
  createResult.status === 0,
  /"message":"[^"]*/.exec(createResult.stderr)?.[0],
  'created',
);
finish();
