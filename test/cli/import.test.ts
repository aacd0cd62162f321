import { existsSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { describe, expect, it, vi } from 'vitest';
import { scene } from '../support/cli.js';

const names = (personas: readonly { name: string }[]) => personas.map(({ name }) => name).toSorted();

describe('import', () => {
  it('takes the good rows of a bad file, names the bad ones, writes them to a file, and says partial', async () => {
    const { run, stored, file } = await scene({ dialect: 'attributes' });
    const large = 'x'.repeat(2 * 1024 * 1024);
    await writeFile(
      file('people.csv'),
      Buffer.concat([
        Buffer.from(
          'name,demographic.age,contextual.season\r\nAda,36,fall\r\n"broken,1,\r\nGrace,85,\r\nAda,36,fall\r\n',
        ),
        Buffer.from(`Large,${large},\r\n`),
        Buffer.from([0x53, 0xe9, 0x76, 0x65, 0x2c, 0x2c, 0x0d, 0x0a]),
        Buffer.from('Old,121,\r\nRainy,1,monsoon\r\n,2,\r\nLast,3,\r\n'),
      ]),
    );
    const { code, out, err } = await run(['import', file('people.csv'), '--json']);
    const report = JSON.parse(out);
    expect(report).toMatchObject({ created: 3, rejected: 7, failed: 0, complete: true });
    expect(report.troubles).toEqual([
      { row: 3, reason: 'has a quotation mark that is not closed' },
      { row: 5, reason: 'is the same as row 2' },
      { row: 6, reason: 'demographic.age: is larger than 1 MiB' },
      { row: 7, reason: 'is not UTF-8: byte 0xE9 at position 2. Save the file as UTF-8' },
      { row: 8, reason: 'demographic.age: must be a whole number from 0 to 120' },
      { row: 9, reason: 'contextual.season: must be one of: spring, summer, fall, winter' },
      { row: 10, reason: expect.stringContaining('name: ') },
    ]);
    expect(code).toBe(3);
    expect(err).toBe('');
    expect(names(await stored())).toEqual(['Ada', 'Grace', 'Last']);

    const rejected = await readFile(report.rejectedFile);
    expect(report.rejectedFile).toBe(file('people.rejected.csv'));
    const lines = rejected.toString('latin1').split('\n');
    expect(lines.map((line) => line.slice(0, 12))).toEqual([
      'name,demogra',
      '"broken,1,',
      'Ada,36,fall',
      'Large,xxxxxx',
      'S\u00e9ve,,', // the bytes as they were
      'Old,121,',
      'Rainy,1,mons',
      ',2,',
      '',
    ]);
    expect(rejected.length).toBeGreaterThan(large.length);
    expect((await stat(report.rejectedFile)).mode & 0o777).toBe(0o600);
    for (const left of ['people.csv.journal', 'people.csv.journal.lock'])
      expect(existsSync(file(left))).toBe(false);
  });

  it('says the same to people: row by row, what is left, and where the rest is', async () => {
    const { run, file } = await scene();
    await writeFile(file('p.csv'), 'name\nAda\nAda\n');
    const { code, out, err } = await run(['import', file('p.csv')]);
    expect(code).toBe(3);
    expect(out).toBe(`Imported 1 personas.\n1 rejected rows are in ${file('p.rejected.csv')}.\n`);
    expect(err).toContain('row 3: is the same as row 2\n');
    expect(err).toMatch(/Importing: 100 %, 1, \d+\/s, \d+ s, 1 rejected\n$/);
    expect(`${out}${err}`).not.toContain('\u001b'); // not a terminal
  });

  it('reads NDJSON with broken lines, JSON of every shape, and standard input', async () => {
    const { run, stored, file } = await scene();
    await writeFile(
      file('a.ndjson'),
      '{"name":"A"}\n{"name":"B"\n\n[1]\n{"id":7,"name":"C","created_at":"x"}\r\n{"name":5}',
    );
    const broken = JSON.parse((await run(['import', file('a.ndjson'), '--json'])).out);
    expect(broken).toMatchObject({ created: 2, rejected: 3 });
    expect(broken.troubles.map(({ row }: { row: number }) => row)).toEqual([2, 4, 6]);
    expect(await readFile(file('a.rejected.ndjson'), 'utf8')).toBe('{"name":"B"\n[1]\n{"name":5}\n');

    await writeFile(file('b.json'), '[{"name":"D"},{"name":"E"}]');
    await writeFile(file('c.json'), '{"personas":[{"name":"F"}],"total":1}');
    await writeFile(file('d.json'), '{"format":"persona-client/export","version":1,"persona":{"name":"G"}}');
    for (const name of ['b.json', 'c.json', 'd.json'])
      expect((await run(['import', file(name)])).code).toBe(0);
    const piped = await run(['import', '-', '--format', 'ndjson'], { stdin: '{"name":"H"}\n' });
    expect(piped.code).toBe(0);
    expect(names(await stored())).toEqual(['A', 'C', 'D', 'E', 'F', 'G', 'H']);
  });

  it('creates equal rows when told to', async () => {
    const { run, stored, file } = await scene();
    await writeFile(file('p.ndjson'), '{"name":"A"}\n{"name":"A"}\n');
    expect((await run(['import', file('p.ndjson'), '--allow-duplicates'])).code).toBe(0);
    expect(names(await stored())).toEqual(['A', 'A']);
  });

  it.each([
    ['SIGINT', []],
    ['SIGTERM', ['--json']],
  ] as const)(
    'ended by %s leaves a journal, says so as told by %j, and goes on from it',
    async (signal, flags) => {
      const { run, service, stored, file } = await scene();
      const all = Array.from({ length: 300 }, (_, at) => ({ name: `Persona ${at}` }));
      await writeFile(file('all.ndjson'), all.map((one) => JSON.stringify(one)).join('\n'));
      service.faults.add({ delayMs: 20, match: { method: 'POST' } });
      const creates = () => service.requests.filter(({ method }) => method === 'POST').length;
      const first = await run(['import', file('all.ndjson'), '--concurrency', '5', ...flags], {
        meanwhile: async (kill) => {
          await vi.waitUntil(() => creates() >= 50, { timeout: 20_000, interval: 5 });
          kill(signal);
        },
      });
      expect(first.code).toBe(130);
      if (flags.length > 0) {
        const half = JSON.parse(first.out);
        expect(half).toMatchObject({ complete: false, journal: file('all.ndjson.journal') });
        expect(first.err).toBe('');
      } else expect(first.err).toContain('Give the same command again to go on');
      expect(existsSync(file('all.ndjson.journal'))).toBe(true);

      service.faults.clear();
      const second = await run(['import', file('all.ndjson'), '--json']);
      expect(second.code).toBe(0);
      expect(JSON.parse(second.out)).toMatchObject({ created: 300, complete: true });
      expect(names(await stored())).toEqual(names(all));
      expect(existsSync(file('all.ndjson.journal'))).toBe(false);
    },
  );

  it('does not begin with what cannot work', async () => {
    const { run, asked, file } = await scene();
    await writeFile(file('people'), 'name\nAda\n');
    await writeFile(file('bad.json'), '{"name":');
    await writeFile(file('bad.csv'), 'name,town\nAda,Oslo\n');
    for (const [args, why] of [
      [[file('people')], /give --format/],
      [[file('none.csv')], /no such file/],
      [[file('bad.json')], /not valid JSON/],
      [[file('bad.csv')], /"town" is neither/],
    ] as const) {
      const { code, err } = await run(['import', ...args]);
      expect(err).toMatch(why);
      expect(code).toBe(2);
    }
    expect(asked().filter((request) => request.startsWith('POST'))).toEqual([]);
  });

  it('stops at once where nobody is let in, and tells what to do', async () => {
    const { run, file, asked } = await scene({ auth: { users: { admin: 'secret-password' } } });
    await writeFile(file('p.csv'), 'name\nAda\n');
    const { code, err } = await run(['import', file('p.csv'), '--dialect', 'subresource']);
    expect(code).toBe(5);
    expect(err).toContain('Sign in first: persona-client login');
    expect(asked().length).toBeLessThan(5);
  });
});

describe('export', () => {
  it.each(['ndjson', 'json', 'csv'])('to %s and import again gives the same personas', async (format) => {
    const from = await scene({ seed: 250 });
    const path = from.file(`all.${format}`);
    const exported = await from.run(['export', path]);
    expect(exported.code).toBe(0);
    expect(exported.err).toContain('250 personas exported.');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(existsSync(`${path}.part`)).toBe(false);

    const to = await scene();
    expect((await to.run(['import', path])).code).toBe(0);
    const plain = (personas: readonly object[]) =>
      personas
        .map((persona) =>
          JSON.stringify(persona, (key, value) =>
            /^(?:id|persona_id|.*_at)$/.test(key) || value === null ? undefined : value,
          ),
        )
        .toSorted();
    expect(plain(await to.stored())).toEqual(plain(await from.stored()));
  });

  it('writes to standard output, and nothing else there', async () => {
    const { run } = await scene({ seed: 3 });
    const { out, code } = await run(['export']);
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).id),
    ).toEqual([3, 2, 1]);
    expect(code).toBe(0);
    expect((await run(['export', '-', '--format', 'json'])).out).toMatch(/^\[\n\{.*\n\]\n$/s);
  });

  it('leaves no half a file behind when the service fails', async () => {
    const { run, service, file } = await scene({ seed: 300 });
    service.faults.add({ status: 400, match: { path: /page=2/ } });
    const { code } = await run(['export', file('all.ndjson')]);
    expect(code).not.toBe(0);
    expect(existsSync(file('all.ndjson'))).toBe(false);
    expect(existsSync(file('all.ndjson.part'))).toBe(false);
  });
});
