import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it, vi } from 'vitest';
import { textWidth } from '../../src/cli/text-width.js';
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

it.each([
  ['UTF-8 with a byte order mark', Buffer.from('\ufeff{"name":"Bo"}')],
  ['UTF-16 with a byte order mark', Buffer.from('\ufeff{"name":"Bo"}', 'utf16le')],
])('reads --data in %s from a file and from standard input', async (_, bytes) => {
  const { run, file, storedPersonas } = await setupCli();
  await writeFile(file('bo.json'), bytes);
  expect((await run(['create', '--data', `@${file('bo.json')}`])).code).toBe(0);
  expect((await run(['create', '--data', '-'], { stdinFile: file('bo.json') })).code).toBe(0);
  expect((await storedPersonas()).map(({ name }) => name)).toEqual(['Bo', 'Bo']);
});

it.each([
  [
    'invalid UTF-8',
    Buffer.from([...Buffer.from('{"name":"B'), 0xf8, ...Buffer.from('"}')]),
    'is not valid UTF-8: byte 0xF8 at position 11',
  ],
  [
    'UTF-8 cut within a character',
    Buffer.from('{"name":"ø"}').subarray(0, 10),
    'is not valid UTF-8: byte 0xC3 at position 10',
  ],
])('rejects --data in %s, and sends nothing', async (_, bytes, reason) => {
  const { run, file, service } = await setupCli({ seed: 1 });
  await writeFile(file('bo.json'), bytes);
  for (const [args, options] of [
    [['create', '--data', `@${file('bo.json')}`], {}],
    [['update', '1', '--data', '-'], { stdinFile: file('bo.json') }],
  ] as const) {
    const { code, stderr } = await run(args, options);
    expect(stderr).toContain(`--data ${reason}`);
    expect(code).toBe(2);
  }
  expect(service.requests).toEqual([]);
});

describe('delete with several ids', () => {
  it('tries all, lists what happened to each, and exits with 3', async () => {
    const { run, storedPersonas, service } = await setupCli({ seed: 5 });
    service.faults.add({ status: 403, match: { method: 'DELETE', path: /\/4$/ } });
    const json = await run(['delete', '1', '99999', '2', '4', '2', '--json']);
    expect(JSON.parse(json.stdout)).toEqual({
      deleted: [1, 2],
      missing: [99999],
      failed: [{ id: 4, error: expect.objectContaining({ code: 'forbidden' }) }],
    });
    expect(json.stderr).toBe('');
    expect(json.code).toBe(3);
    const text = await run(['delete', '3', '2', '4']);
    expect(text.stdout).toMatch(
      /^Deleted 3\nNot found: 2\nFailed: 4: personas\.delete .* failed with 403.*\n$/,
    );
    expect(text.stdout + text.stderr).not.toContain('Nothing was written');
    expect(text.code).toBe(3);
    expect((await storedPersonas()).map(({ id }) => id)).toEqual([5, 4]);
  });

  it('exits with the code of the first error if it deletes none', async () => {
    const { run, service } = await setupCli({ seed: 1 });
    expect(await run(['delete', '8', '9'])).toMatchObject({
      code: 4,
      stdout: 'Deleted none\nNot found: 8, 9\n',
    });
    service.faults.add({ status: 403, match: { method: 'DELETE' } });
    expect((await run(['delete', '1', '9', '--json'])).code).toBe(5);
  });

  it('stops at an error that all ids would meet', async () => {
    const { run, requestLines } = await setupCli({ seed: 3, auth: { users: { admin: 'x' } } });
    const { code, stdout } = await run(['delete', '1', '2', '3', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ deleted: [], failed: [{ id: 1 }], notTried: [2, 3] });
    expect(code).toBe(5);
    expect(requestLines().filter((line) => /\/[23]$/.test(line))).toEqual([]);
  });

  it('lists what it has deleted when the user interrupts, and exits with 130', async () => {
    const { run, service } = await setupCli({ seed: 5 });
    service.faults.add({ stall: true, match: { method: 'DELETE', path: /\/3$/ } });
    const { code, stdout } = await run(['delete', '1', '2', '3', '4', '--json'], {
      whileRunning: async (kill) => {
        await vi.waitUntil(() => service.requests.some(({ path }) => path.endsWith('/3')), {
          timeout: 20_000,
        });
        kill('SIGINT');
      },
    });
    expect(JSON.parse(stdout)).toMatchObject({ deleted: [1, 2], failed: [{ id: 3 }], notTried: [4] });
    expect(code).toBe(130);
  });
});

it.each([
  ['Ada', 3],
  ['日本 太郎', 9],
  ['한국어', 6],
  ['ｱｲｳ', 3],
  ['Ａ', 2],
  ['e\u0301te\u0301', 3],
  ['علی‌رضا', 6],
  ['👩‍🚀', 2],
  ['🇳🇴', 2],
  ['❤️', 2],
  ['', 0],
])('%s takes %i columns on a terminal', (text, width) => {
  expect(textWidth(text)).toBe(width);
});

it('aligns names of wide characters, and fits the table into the terminal', async () => {
  const { connect, shell } = await setupCli();
  for (const name of ['日本 太郎', 'Ada', 'e\u0301te\u0301', '👩‍🚀 pilot', 'A'.repeat(90)])
    await connect().personas.create({ name, demographic: { country: 'UK' } });
  const list = async (prefix: string) => {
    const { stdout } = await shell(`script -qec "${prefix} $PC list" /dev/null`, { FORCE_COLOR: '0' });
    return stdout.split('\r\n').filter((line) => /UK|NAME/.test(line));
  };
  const wide = await list('stty cols 200;');
  const countryColumns = wide.map((line) => textWidth(line.slice(0, line.search(/UK|COUNTRY/))));
  expect(new Set(countryColumns)).toEqual(new Set([4 + 90 + 2]));
  for (const columns of [80, 60]) {
    const narrow = await list(`stty cols ${columns};`);
    expect(narrow).toHaveLength(6);
    for (const line of narrow) expect(textWidth(line), line).toBeLessThanOrEqual(columns);
    expect(narrow.some((line) => line.includes('A… '))).toBe(true);
  }
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
    [['--data', `{"name":${'['.repeat(50_000)}`], '--data is nested deeper than 100 levels.'],
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

it.each([
  ['--set', 'demographic.__proto__=1', 'demographic.__proto__: is not one of'],
  ['--data', '{"demographic":{"__proto__":{"city":"x"}}}', 'demographic.__proto__: is not one of'],
  ['--data', '{"name":"Ada","__proto__":{"a":1}}', '__proto__: is not one of'],
  ['--set', 'behavioral.device_usage.phone=x', 'cannot set a part of device_usage. Set the whole value'],
])('rejects %s %s, and writes nothing', async (option, value, message) => {
  const { run, requestLines } = await setupCli({ seed: 1, dialect: 'attributes' });
  const { code, stderr } = await run(['update', '1', option, value]);
  expect(stderr).toContain(message);
  expect(code).toBe(2);
  expect(requestLines().filter((line) => !line.startsWith('GET'))).toEqual([]);
});

it('sets a custom field whose name has a dot', async () => {
  const { run } = await setupCli({ seed: 1, dialect: 'attributes' });
  expect((await run(['update', '1', '--set', 'behavioral.own.phone=x'])).stdout).toContain('own.phone: x');
});

it.each([
  ['import', 'missing.csv'],
  ['create', '--data', '@missing.csv'],
])('says that the file of %s does not exist', async (...args) => {
  const { shell } = await setupCli();
  const { stderr, code } = await shell(`$PC ${args.join(' ')}`);
  expect(stderr).toBe('persona-client: Cannot read missing.csv: no such file or directory.\n');
  expect(code).toBe(2);
});
