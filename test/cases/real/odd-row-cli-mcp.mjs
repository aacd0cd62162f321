// One persona of the service has "age": "thirty".
// The commands list, export, purge --dry-run and import fail, and so do the MCP tools list_personas and find_personas.
// The advice misleads: "check PERSONA_API_URL". One odd value makes eight valid personas unreachable.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  check,
  createTempFolder,
  finish,
  runCliAsync,
  setTimeLimitSeconds,
  startMcpServer,
  toolText,
} from '../lib.mjs';
import { startStubPersonaService } from './_service.mjs';

setTimeLimitSeconds(55);
const service = await startStubPersonaService();
for (let i = 1; i <= 8; i++) service.add({ name: `P${i}` });
service.add({ name: 'odd', demographic: { age: 'thirty' } });
const cwd = createTempFolder();
writeFileSync(join(cwd, 'n.csv'), 'name\nNew\n');
for (const args of [
  ['list'],
  ['export', 'x.ndjson'],
  ['purge', '--older-than', '2099-01-01', '--dry-run'],
  ['import', 'n.csv'],
]) {
  const result = await runCliAsync(service.url, [...args, '--json'], { cwd, timeout: 20_000 });
  check(
    args.join(' '),
    result.status === 0,
    `exit ${result.status} ${/"message":"[^"]{0,120}/.exec(result.stderr)?.[0] ?? result.stderr.slice(0, 100)}`,
    'exit 0',
  );
}
const server = startMcpServer(service.url);
await server.initialize();
for (const [name, args] of [
  ['list_personas', {}],
  ['find_personas', { query: 'P' }],
]) {
  const result = await server.callTool(name, args, 20_000);
  check(`MCP ${name}`, !result.result?.isError, toolText(result).slice(0, 140), 'the personas');
}
const doctor = await runCliAsync(service.url, ['doctor', '--json'], { timeout: 20_000 });
check(
  'doctor does not blame another server',
  !/Another server may have responded/.test(doctor.stdout),
  'Another server may have responded …',
  'the odd row, by its id',
);
finish();
