import { readFile, writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { createTempFolder, type DoctorCheck, runCli, setupCli } from '../support/cli.js';
import { rawRow, serveRawRows } from '../support/raw-rows.js';

const ROWS = [
  rawRow(1, { demographic: { age: '"thirty"', city: '"Oslo"' } }),
  rawRow(2, { contextual: { own: 'NaN' } }),
  rawRow(3, { name: 'null' }),
  rawRow(4),
];
const AGE_LINE = 'Persona 1: demographic.age was omitted: must be a number, not a string\n';
const OWN_LINE = 'Persona 2: contextual.own was omitted: must be a finite number\n';
const NAME_LINE = 'Persona 3 was omitted, because name is invalid: must be a string, not null\n';

async function setup() {
  const file = await createTempFolder();
  const env = {
    PERSONA_API_URL: await serveRawRows('attributes', ROWS),
    PERSONA_TOKEN_FILE: file('tokens.json'),
  };
  return { file, run: (...args: string[]) => runCli(args, { env }) };
}

it('lists and shows the other data, and names what it omits on standard error, without values', async () => {
  const { run } = await setup();
  const list = await run('list', '--json');
  expect(list.code).toBe(0);
  expect(JSON.parse(list.stdout).items.map(({ id }: { id: number }) => id)).toEqual([1, 2, 4]);
  expect(list.stderr).toBe(AGE_LINE + OWN_LINE + NAME_LINE);
  const get = await run('get', '1', '--json');
  expect(JSON.parse(get.stdout).demographic).toEqual({ city: 'Oslo' });
  expect(get).toMatchObject({ code: 0, stderr: AGE_LINE });
  expect((await run('update', '1', '--name', 'New', '--json')).stderr).toBe(AGE_LINE);
});

it('reports a persona that is unusable by its id', async () => {
  const { run } = await setup();
  const { code, stderr } = await run('get', '3');
  expect(code).toBe(1);
  expect(stderr).toContain('personas.get returned persona 3 with an invalid name: ');
  expect(stderr).not.toContain('http');
});

it('exports, purges and imports beside such rows', async () => {
  const { run, file } = await setup();
  const exported = await run('export', file('all.ndjson'), '--json');
  expect((await readFile(file('all.ndjson'), 'utf8')).trim().split('\n')).toHaveLength(3);
  expect(exported.stderr).toBe(AGE_LINE + OWN_LINE + NAME_LINE);
  expect(JSON.parse(exported.stdout)).toMatchObject({
    exported: 3,
    complete: false,
    unseen: 1,
    omittedFields: 2,
  });
  const purged = await run('purge', '--older-than', '2099-01-01', '--dry-run', '--json');
  expect(JSON.parse(purged.stdout)).toMatchObject({ matched: 3, complete: false });
  await writeFile(file('new.csv'), 'name\nNew\n');
  const imported = await run('import', file('new.csv'), '--json');
  expect(imported.code).toBe(0);
  expect(JSON.parse(imported.stdout)).toMatchObject({ created: 1, failed: 0 });
});

it('export counts the fields that it omits, and exits with 3', async () => {
  const { run, shell, file } = await setupCli({ dialect: 'attributes' });
  const persona = { name: 'Backup', psychographic: { interests: ['chess', 1984], lifestyle: 'calm' } };
  const lines = Array.from({ length: 15 }, (_, index) =>
    JSON.stringify({ ...persona, name: `Backup ${index}` }),
  );
  const last = { ...persona, behavioral: { device_usage: { phone: 5 } } };
  await writeFile(file('backup.ndjson'), [...lines, JSON.stringify(last), '{"name":"Ada"}'].join('\n'));
  // One at a time: the last row gets id 16.
  expect((await run(['import', file('backup.ndjson'), '--concurrency', '1'])).code).toBe(0);
  const exported = await run(['export', file('all.ndjson'), '--json']);
  expect(JSON.parse(exported.stdout)).toEqual({
    file: file('all.ndjson'),
    exported: 17,
    complete: false,
    omittedFields: 17,
    nextUpdatedSince: expect.any(String),
  });
  expect(exported.code).toBe(3);
  expect(await readFile(file('all.ndjson'), 'utf8')).toContain('"psychographic":{"lifestyle":"calm"}');
  const asText = await shell('$PC export all.csv; echo $?; $PC delete 16 && $PC export all.csv');
  expect(asText.stdout).toMatch(/^3\n/);
  expect(asText.stderr).toContain(
    'Not complete: the export lacks at least 17 fields whose stored values break the contract',
  );
  expect(asText.stderr).toContain('the export lacks at least 15 fields');
  expect(asText.stderr).not.toContain('other clients kept writing');
  expect(asText.code).toBe(3);
});

it('does not let doctor blame another server', async () => {
  const { run } = await setup();
  const { stdout } = await run('doctor', '--json');
  const { checks }: { checks: DoctorCheck[] } = JSON.parse(stdout);
  const statuses = Object.fromEntries(checks.map(({ name, status }) => [name, status]));
  expect(statuses).toMatchObject({ authentication: 'ok', latency: 'ok' });
});

it('names the fields that the service rejects', async () => {
  const { run } = await setupCli({ dialect: 'subresource', seed: 1 });
  expect(await run(['update', '1', '--set', 'behavioral.device_usage=phone'])).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/failed with 400.*\nbehavioral\.device_usage: rejected by the service\n$/),
  });
});

it('--set with null clears a number or a map, and stores null in a custom field', async () => {
  const { run } = await setupCli({ dialect: 'subresource' });
  const data = '{"demographic":{"age":30},"behavioral":{"device_usage":{"phone":"daily"}}}';
  await run(['create', '--name', 'Ada', '--data', data]);
  const cleared = ['--set', 'demographic.age=null', '--set', 'behavioral.device_usage=null'];
  const update = await run(['update', '1', ...cleared, '--json']);
  expect(update.stderr).toBe('');
  expect(JSON.parse(update.stdout)).toMatchObject({
    demographic: { age: null },
    behavioral: { device_usage: null },
  });
  const other = await setupCli({ dialect: 'attributes' });
  const created = await other.run(['create', '--name', 'Ada', '--set', 'contextual.own=null', '--json']);
  expect(JSON.parse(created.stdout).contextual).toEqual({ own: null });
});
