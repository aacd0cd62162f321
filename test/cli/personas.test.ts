import { readFile, writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { setupCli } from '../support/cli.js';

it('creates, lists, shows, updates and deletes personas', async () => {
  const { run } = await setupCli();
  const created = await run([
    'create',
    ...['--name', 'Ada', '--set', 'demographic.age=36', '--set', 'psychographic.interests=chess; maths'],
    ...['--set', 'psychographic.lifestyle=123', '--data', '{"demographic":{"city":"London"}}', '--json'],
  ]);
  expect(JSON.parse(created.stdout)).toMatchObject({
    id: 1,
    name: 'Ada',
    demographic: { age: 36, city: 'London' },
    psychographic: { interests: ['chess', 'maths'], lifestyle: '123' },
  });
  expect((await run(['list'])).stdout).toMatch(/^ID {2}NAME.*\n1 {3}Ada .*London/);
  expect((await run(['update', '1', '--name', 'Ada Lovelace'])).stdout).toContain('name: Ada Lovelace\n');
  const shown = await run(['get', '1']);
  expect(shown.stdout).toContain('  interests: chess, maths\n');
  expect(shown.stdout).not.toContain('persona_id');
  expect((await run(['delete', '1'])).stdout).toBe('Deleted 1\n');
  expect((await run(['list', '--json'])).stdout).toBe(
    '{"items":[],"total":0,"page":1,"perPage":20,"pages":0}\n',
  );
});

it('reads --data from a file or from standard input', async () => {
  const { run, file } = await setupCli();
  await writeFile(file('ada.json'), '{"name":"Ada"}');
  expect((await run(['create', '--data', `@${file('ada.json')}`])).code).toBe(0);
  const updated = await run(['update', '1', '--data', '-'], { stdin: '{"name":"Bo"}' });
  expect(updated.stdout).toContain('name: Bo');
});

it('sets a number field from any decimal notation, and rejects a number whose digits would be lost', async () => {
  const { run } = await setupCli();
  const set = (value: string) => ['--set', `demographic.${value}`];
  const args = [
    ...set('age=36.0'),
    ...set('latitude=+51.50'),
    ...set('longitude= -1e1'),
    ...set('city=36.0'),
  ];
  const created = await run(['create', '--name', 'Ada', ...args, '--json']);
  expect(JSON.parse(created.stdout).demographic).toMatchObject({
    age: 36,
    latitude: 51.5,
    longitude: -10,
    city: '36.0',
  });
  for (const [option, message] of [
    [['--set', 'demographic.age=9007199254740993'], '--set demographic.age: is an integer beyond 2^53'],
    [
      ['--data', '{"psychographic":{"account":12345678901234567890}}'],
      '--data: psychographic.account: is an integer beyond 2^53',
    ],
  ] as const) {
    const { code, stderr } = await run(['update', '1', ...option]);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  }
});

it('shows and exports id and persona_id of the user, but not those of the database row', async () => {
  const { run, file } = await setupCli({ dialect: 'attributes' });
  await run(['create', '--name', 'Ada', '--data', '{"contextual":{"id":7,"persona_id":9,"weather":"wet"}}']);
  expect((await run(['get', '1'])).stdout).toMatch(/id: 7\n\s+persona_id: 9/);
  await run(['export', file('all.csv')]);
  expect(await readFile(file('all.csv'), 'utf8')).toMatch(
    /contextual\.id,contextual\.persona_id.*\r\n.*,7,9/,
  );
});

it('rejects an update without fields, and --data that is not an object', async () => {
  const { run } = await setupCli();
  for (const [args, message] of [
    [[], 'There are no fields to write. Pass --name, --set or --data.'],
    [['--data', '[]'], '--data must be a JSON object with the fields of a persona.'],
    [['--set', 'city=Oslo'], 'Expected a field and a value, such as demographic.city=Oslo.'],
  ] as const) {
    const { code, stderr } = await run(['update', '1', ...args]);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  }
});

it('escapes control characters in stored text', async () => {
  const { run, connect } = await setupCli();
  await connect().personas.create({ name: 'evil\u001b[2J\u202e name' });
  for (const command of [['list'], ['get', '1']]) {
    const { stdout } = await run(command, { env: { FORCE_COLOR: '0' } });
    expect(stdout).toContain('evil\\u001b[2J\\u202e name');
    expect(stdout).not.toContain('\u001b');
  }
});
