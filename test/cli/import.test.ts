import { existsSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { expect, it, vi } from 'vitest';
import { setupCli } from '../support/cli.js';
import { createLossyService } from '../support/lossy-service.js';
import { serveFetch } from '../support/servers.js';

const sortedNames = (personas: readonly { name: string }[]) => personas.map(({ name }) => name).toSorted();

it('imports the valid rows, reports the others, writes them to a file, and exits with 3', async () => {
  const { run, storedPersonas, file } = await setupCli({ dialect: 'attributes' });
  const largeField = 'x'.repeat(2 * 1024 * 1024);
  await writeFile(
    file('people.csv'),
    Buffer.concat([
      Buffer.from(
        'name,demographic.age,contextual.season\r\nAda,36,fall\r\n"broken,1,\r\nGrace,85,\r\nAda,36,fall\r\n',
      ),
      Buffer.from(`Large,${largeField},\r\n`),
      Buffer.from([0x53, 0xe9, 0x76, 0x65, 0x2c, 0x2c, 0x0d, 0x0a]),
      Buffer.from('Old,many,\r\nRainy,1,monsoon\r\n,2,\r\nLast,3,\r\n'),
    ]),
  );
  const { code, stdout, stderr } = await run(['import', file('people.csv'), '--json']);
  const report = JSON.parse(stdout);
  expect(report).toMatchObject({ created: 3, rejected: 7, failed: 0, complete: true });
  expect(report.problems).toEqual([
    { row: 3, reason: 'has an unclosed quote' },
    { row: 5, reason: 'duplicates row 2' },
    { row: 6, reason: 'demographic.age: is larger than 1 MiB' },
    { row: 7, reason: 'is not valid UTF-8: byte 0xE9 at position 2. Save the file as UTF-8' },
    { row: 8, reason: 'demographic.age: must be a number, not a string' },
    { row: 9, reason: 'contextual.season: must be one of: spring, summer, fall, winter' },
    { row: 10, reason: expect.stringContaining('name: ') },
  ]);
  expect(code).toBe(3);
  expect(stderr).toBe('');
  expect(sortedNames(await storedPersonas())).toEqual(['Ada', 'Grace', 'Last']);

  const rejected = await readFile(report.rejectedFile);
  expect(report.rejectedFile).toBe(file('people.rejected.csv'));
  const lines = rejected.toString('latin1').split('\n');
  expect(lines.map((line) => line.slice(0, 12))).toEqual([
    'name,demogra',
    '"broken,1,',
    'Ada,36,fall',
    'Large,xxxxxx',
    'S\u00e9ve,,', // the original bytes
    'Old,many,',
    'Rainy,1,mons',
    ',2,',
    '',
  ]);
  expect(rejected.length).toBeGreaterThan(largeField.length);
  expect((await stat(report.rejectedFile)).mode & 0o777).toBe(0o600);
  for (const name of ['people.csv.journal', 'people.csv.journal.lock'])
    expect(existsSync(file(name))).toBe(false);
});

it('without --json, prints each problem, the progress, and the path of the rejected rows', async () => {
  const { run, file } = await setupCli();
  await writeFile(file('p.csv'), 'name\nAda\nAda\n');
  const { code, stdout, stderr } = await run(['import', file('p.csv')]);
  expect(code).toBe(3);
  expect(stdout).toBe(`Imported 1 persona.\n1 rejected row is in ${file('p.rejected.csv')}.\n`);
  expect(stderr).toContain('row 3: duplicates row 2\n');
  expect(stderr).toMatch(/Importing: 100 %, 2, \d+\/s, \d+ s, 1 rejected\n$/);
  expect(`${stdout}${stderr}`).not.toContain('\u001b'); // not a terminal
});

it('reads NDJSON with invalid lines, JSON of every shape, and standard input', async () => {
  const { run, storedPersonas, file } = await setupCli();
  await writeFile(
    file('a.ndjson'),
    '{"name":"A"}\n{"name":"B"\n\n[1]\n{"id":7,"name":"C","created_at":"x"}\r\n{"name":5}',
  );
  const report = JSON.parse((await run(['import', file('a.ndjson'), '--json'])).stdout);
  expect(report).toMatchObject({ created: 2, rejected: 3 });
  expect(report.problems.map(({ row }: { row: number }) => row)).toEqual([2, 4, 6]);
  expect(await readFile(file('a.rejected.ndjson'), 'utf8')).toBe('{"name":"B"\n[1]\n{"name":5}\n');

  await writeFile(file('b.json'), '[{"name":"D"},{"name":"E"}]');
  await writeFile(file('c.json'), '{"personas":[{"name":"F"}],"total":1}');
  await writeFile(file('d.json'), '{"format":"persona-client/export","version":1,"persona":{"name":"G"}}');
  for (const name of ['b.json', 'c.json', 'd.json']) expect((await run(['import', file(name)])).code).toBe(0);
  const piped = await run(['import', '-', '--format', 'ndjson'], { stdin: '{"name":"H"}\n' });
  expect(piped.code).toBe(0);
  expect(sortedNames(await storedPersonas())).toEqual(['A', 'C', 'D', 'E', 'F', 'G', 'H']);
});

it.each(['ndjson', 'json'])('rejects rows of %s with numbers whose digits would be lost', async (format) => {
  const { run, storedPersonas, file } = await setupCli({ dialect: 'attributes' });
  const lines = [
    '{"name":"A","psychographic":{"account":12345678901234567890}}',
    '{"name":"B","psychographic":{"accounts":[{"n":-9007199254740993}]}}',
    '{"name":"C","demographic":{"latitude":1e400}}',
    '{"name":"D","psychographic":{"account":123456789012345678901234567890}}',
    '{"name":"E","psychographic":{"account":9007199254740991,"ratio":0.1234567890123456789,"text":"12345678901234567890"}}',
  ];
  await writeFile(file(`a.${format}`), format === 'json' ? `[${lines.join(',')}]` : lines.join('\n'));
  const { code, stdout } = await run(['import', file(`a.${format}`), '--json']);
  const report = JSON.parse(stdout);
  const lost = 'is an integer beyond 2^53, whose last digits would be lost. Write it as text';
  expect(report.problems).toEqual([
    { row: 1, reason: `psychographic.account: ${lost}` },
    { row: 2, reason: `psychographic.accounts.0.n: ${lost}` },
    { row: 3, reason: 'demographic.latitude: is a number that is too large' },
    { row: 4, reason: `psychographic.account: ${lost}` },
  ]);
  expect(code).toBe(3);
  // The rejected rows keep their digits, so that the user can correct them.
  expect(await readFile(report.rejectedFile, 'utf8')).toBe(`${lines.slice(0, 4).join('\n')}\n`);
  const [stored] = await storedPersonas();
  expect(stored).toMatchObject({
    name: 'E',
    psychographic: { account: Number.MAX_SAFE_INTEGER, text: '12345678901234567890' },
  });
});

it('creates equal rows with --allow-duplicates', async () => {
  const { run, storedPersonas, file } = await setupCli();
  await writeFile(file('p.ndjson'), '{"name":"A"}\n{"name":"A"}\n');
  expect((await run(['import', file('p.ndjson'), '--allow-duplicates'])).code).toBe(0);
  expect(sortedNames(await storedPersonas())).toEqual(['A', 'A']);
});

it.each([
  ['SIGINT', []],
  ['SIGTERM', ['--json']],
] as const)('resumes from the journal after %s, with options %j', async (signal, options) => {
  const { run, service, storedPersonas, file } = await setupCli();
  const personas = Array.from({ length: 300 }, (_, index) => ({ name: `Persona ${index}` }));
  await writeFile(file('all.ndjson'), personas.map((persona) => JSON.stringify(persona)).join('\n'));
  service.faults.add({ delayMs: 20, match: { method: 'POST' } });
  const countCreates = () => service.requests.filter(({ method }) => method === 'POST').length;
  const interrupted = await run(['import', file('all.ndjson'), '--concurrency', '5', ...options], {
    whileRunning: async (kill) => {
      await vi.waitUntil(() => countCreates() >= 50, { timeout: 20_000, interval: 5 });
      kill(signal);
    },
  });
  expect(interrupted.code).toBe(130);
  if (options.length > 0) {
    const report = JSON.parse(interrupted.stdout);
    expect(report).toMatchObject({ complete: false, journal: file('all.ndjson.journal') });
    expect(interrupted.stderr).toBe('');
  } else expect(interrupted.stderr).toContain('Run the same command again to resume');
  expect(existsSync(file('all.ndjson.journal'))).toBe(true);

  service.faults.clear();
  const resumed = await run(['import', file('all.ndjson'), '--json']);
  expect(resumed.code).toBe(0);
  expect(JSON.parse(resumed.stdout)).toMatchObject({ created: 300, complete: true });
  expect(sortedNames(await storedPersonas())).toEqual(sortedNames(personas));
  expect(existsSync(file('all.ndjson.journal'))).toBe(false);
});

it('sends nothing if the file is missing or invalid', async () => {
  const { run, requestLines, file } = await setupCli();
  await writeFile(file('people'), 'name\nAda\n');
  await writeFile(file('bad.json'), '{"name":');
  await writeFile(file('bad.csv'), 'name,town\nAda,Oslo\n');
  await writeFile(file('deep.json'), `[\n{"name":"Ada"},\n${'['.repeat(200_000)}`);
  for (const [args, message] of [
    [[file('people')], /Pass --format/],
    [[file('none.csv')], /no such file/],
    [[file('bad.json')], /not valid JSON/],
    [[file('bad.csv')], /"town" is neither/],
    [[file('deep.json')], /The file is nested deeper than 100 levels in line 3\. Nothing was sent/],
  ] as const) {
    const { code, stderr } = await run(['import', ...args]);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  }
  expect(requestLines().filter((request) => request.startsWith('POST'))).toEqual([]);
});

it('rejects a row that is nested too deeply, and creates the others', async () => {
  const { run, file } = await setupCli({ dialect: 'attributes' });
  const nest = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
  const toRow = (value: string) => `{"name":"Ada","contextual":{"own":${value}}}`;
  const rows = [toRow('"]]"'), toRow(nest(200_000)), toRow(nest(98)), toRow('"[[\\"[["')];
  await writeFile(file('rows.ndjson'), rows.join('\n'));
  const { code, stdout, stderr } = await run(['import', file('rows.ndjson'), '--json']);
  expect(stdout + stderr).toContain('is nested deeper than 100 levels');
  expect(JSON.parse(stdout)).toMatchObject({ created: 3, rejected: 1 });
  expect(code).toBe(3);
});

it('stops at the first row if the service rejects the credentials, and gives advice', async () => {
  const { run, file, requestLines } = await setupCli({ auth: { users: { admin: 'secret-password' } } });
  await writeFile(file('p.csv'), 'name\nAda\n');
  const { code, stderr } = await run(['import', file('p.csv'), '--dialect', 'subresource']);
  expect(code).toBe(5);
  expect(stderr).toContain('Log in first: persona-client login');
  expect(requestLines().length).toBeLessThan(5);
});

it.each([
  ['while it runs', []],
  ['with --json', ['--json']],
] as const)('says what it imported before the service rejected the credentials: %s', async (_, options) => {
  const { run, file, service, storedPersonas } = await setupCli();
  const rows = Array.from({ length: 40 }, (_, index) => `{"name":"Persona ${index}"}`);
  await writeFile(file('p.ndjson'), rows.join('\n'));
  let creates = 0;
  const { url } = await serveFetch(async (input, init) => {
    if (init?.method === 'POST' && ++creates > 10)
      return new Response('{"error":"Forbidden"}', { status: 403 });
    return service.fetch(input, init);
  });
  const { code, stdout, stderr } = await run([
    'import',
    file('p.ndjson'),
    '--concurrency',
    '1',
    '--url',
    url,
    ...options,
  ]);
  expect(code).toBe(5);
  expect(await storedPersonas()).toHaveLength(10);
  if (options.length > 0) {
    expect(JSON.parse(stdout)).toMatchObject({
      created: 10,
      complete: false,
      stopError: { code: 'forbidden' },
    });
    expect(stderr).toBe('');
  } else {
    expect(stdout).toContain('Imported 10 personas.');
    expect(stderr).toContain('failed with 403');
    expect(stderr).toContain('Run the same command again to resume.');
    expect(stderr).not.toContain('Nothing was written');
  }
});

it('never creates a doubtful row again, lists it, says how to settle it, and finds it once the service is repaired', async () => {
  const { run, file } = await setupCli();
  const service = createLossyService({
    isHidden: ({ behavioral }) => behavioral != null,
    nextOutcome: (name) => (name === 'Plain' ? 'ok' : 'stored, 500'),
  });
  const { url } = await serveFetch(service.fetch);
  const rows = Array.from({ length: 30 }, (_, index) => ({
    name: `Persona ${index}`,
    behavioral: { browsing_habits: ['evenings'] },
  }));
  const lines = [...rows, { name: 'Plain' }].map((row) => JSON.stringify(row)).join('\n');
  await writeFile(file('p.ndjson'), lines);
  const args = ['import', file('p.ndjson'), '--url', url];

  const first = await run(args);
  expect(first.code).toBe(3);
  expect(first.stdout).toContain(
    'Imported 1 persona.\n30 rows failed.\n30 of them are in doubt: rows 1, 2, 3, ',
  );
  expect(first.stdout).toContain('20, … (--json lists all). The personas of these rows may exist');
  expect(first.stdout).toContain('Repair the service, then run the same command again');
  expect(first.stderr).toContain('the service hides');
  expect(await service.stored()).toHaveLength(31);

  const second = await run([...args, '--json']);
  expect(second.code).toBe(3);
  expect(JSON.parse(second.stdout)).toMatchObject({
    created: 1,
    failed: 30,
    doubtful: rows.map((_, index) => index + 1),
    advice: expect.stringContaining('it finds them'),
    journal: file('p.ndjson.journal'),
  });
  expect(await service.stored()).toHaveLength(31);

  service.state.isHidden = undefined;
  const repaired = await run([...args, '--json']);
  expect(repaired.code).toBe(0);
  const report = JSON.parse(repaired.stdout);
  expect(report).toMatchObject({ created: 31, failed: 0, doubtful: [], complete: true });
  expect(report).not.toHaveProperty('advice');
  expect(await service.stored()).toHaveLength(31);
}, 120_000);
