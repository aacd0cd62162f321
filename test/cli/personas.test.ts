import { writeFile } from 'node:fs/promises';
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
