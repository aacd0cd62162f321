// A CSV row has an extra cell, and one of its quoted cells contains line breaks.
// The import rejects "row 2" and "row 4" because of an unclosed quote, which is incorrect. It creates a persona from the middle of
// the quoted cell. It should reject one row, "has 3 cells where the header has 2", and ignore its content (RFC 4180, 2.6).
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  check,
  checkEqual,
  createTempFolder,
  fetchJson,
  finish,
  runCli,
  setTimeLimitSeconds,
  startService,
} from '../lib.mjs';

setTimeLimitSeconds(20);
const service = await startService(['--dialect', 'attributes', '--seed', 'none']);
const cwd = createTempFolder();
writeFileSync(
  join(cwd, 'g.csv'),
  'name,psychographic.lifestyle\r\nAda,"Dear team,\r\nGhost Person,made of the middle of a quoted cell\r\nthanks",extra\r\nGrace,ok\r\n',
);
const report = JSON.parse(runCli(service.url, ['import', 'g.csv', '--json'], { cwd }).stdout);
const names = (await fetchJson(service.url, '/personas')).personas.map((p) => p.name);
checkEqual('only Grace is created', names, ['Grace']);
checkEqual('one row is rejected', report.rejected, 1);
check(
  'the reason is correct',
  !report.problems.some((t) => /quot/.test(t.reason)),
  report.problems.map((t) => t.reason).join('; '),
  'has 3 cells where the header has 2',
);
finish();
