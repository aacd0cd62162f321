import { existsSync } from 'node:fs';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import type { PersonaServiceOptions } from 'persona-client/testing';
import { describe, expect, it } from 'vitest';
import { setupCli } from '../support/cli.js';

const NOW_MS = Date.UTC(2026, 0, 31, 12);

/** Starts a service with 250 personas that are old, and whose clock the test sets. */
async function setup(options: PersonaServiceOptions = {}) {
  let nowMs = NOW_MS;
  const cli = await setupCli({ seed: 250, ...options, now: () => nowMs });
  nowMs += 3_600_000;
  const readLines = async (name: string) => {
    const text = await readFile(cli.file(name), 'utf8');
    return text === '' ? [] : text.trimEnd().split('\n');
  };
  return {
    ...cli,
    client: cli.connect(),
    advance: (ms: number) => {
      nowMs += ms;
    },
    readLines,
    readIds: async (name: string) => (await readLines(name)).map((line) => JSON.parse(line).id),
    countLists: () => cli.service.requests.filter(({ path }) => path.startsWith('/api/v1/personas?')).length,
  };
}

describe('export --since', () => {
  it.each(['all.ndjson', 'all.json', 'all.csv', 'all.tsv'])(
    'exports what changed since the export in %s, and reads only those pages',
    async (name) => {
      const { run, file, client, advance, readIds, service, countLists } = await setup();
      await client.personas.update(7, { name: 'Newest at the first export' });
      expect((await run(['export', file(name)])).code).toBe(0);
      advance(3_600_000);
      await client.personas.update(3, { name: 'Changed' });
      const { id } = await client.personas.create({ name: 'Created' });
      service.clearRequests();
      const { code, stderr } = await run(['export', file('changes.ndjson'), '--since', file(name)]);
      expect(code).toBe(0);
      expect(stderr).toMatch(/^3 personas exported, updated since 2026-01-31T12:59:00\.\d{3}Z\.$/m);
      expect(stderr).toContain('For the next export, pass --since 2026-01-31T13:59:00');
      expect(await readIds('changes.ndjson')).toEqual([id, 3, 7]);
      expect(countLists()).toBe(1);
    },
  );

  it('continues from the time that the report contains', async () => {
    const { run, file, client, advance, readIds } = await setup();
    const first = JSON.parse((await run(['export', file('all.ndjson'), '--json'])).stdout);
    advance(3_600_000);
    await client.contextual.update(9, { weather: 'rain' });
    const { stdout } = await run(['export', file('new.ndjson'), '--json', '--since', first.nextUpdatedSince]);
    expect(JSON.parse(stdout)).toMatchObject({ complete: true, since: first.nextUpdatedSince });
    expect((await readIds('new.ndjson'))[0]).toBe(9);
  });

  it('uses the first row of the file, because later rows can be newer', async () => {
    const { run, file } = await setup();
    const row = (id: number, updated_at: string) => JSON.stringify({ id, name: 'x', updated_at });
    const rows = [row(2, '2026-01-31T10:00:00.000001Z'), row(1, '2026-01-31T11:30:00Z')];
    await writeFile(file('all.ndjson'), rows.join('\n'));
    const { stdout } = await run(['export', file('new.ndjson'), '--json', '--since', file('all.ndjson')]);
    expect(JSON.parse(stdout).since).toBe('2026-01-31T09:59:00.000Z');
  });

  it.each([
    ['a time without a time zone', () => '2026-01-31T12:00:00', 'is neither a file nor a time'],
    ['an empty text', () => '', 'is neither a file nor a time'],
    [
      'a missing file',
      (file: (name: string) => string) => file('none.ndjson'),
      'is neither a file nor a time',
    ],
    ['an empty file', (file: (name: string) => string) => file('empty.ndjson'), 'has no personas'],
    ['another file', (file: (name: string) => string) => file('other.ndjson'), 'row 1 has no id'],
    ['a file of another type', (file: (name: string) => string) => file('x.txt'), 'Cannot detect the format'],
  ])('rejects %s before it sends anything', async (_, since, message) => {
    const { run, file, service } = await setup();
    await writeFile(file('empty.ndjson'), '');
    await writeFile(file('other.ndjson'), '{"name":"Ada"}\n');
    await writeFile(file('x.txt'), '');
    service.clearRequests();
    const { code, stderr } = await run(['export', file('new.ndjson'), '--since', since(file)]);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(service.requests).toEqual([]);
    expect(existsSync(file('new.ndjson'))).toBe(false);
  });

  it('does not replace the earlier export', async () => {
    const { run, file } = await setup();
    await run(['export', file('all.ndjson')]);
    const before = await readFile(file('all.ndjson'), 'utf8');
    const { code, stderr } = await run(['export', file('all.ndjson'), '--since', file('all.ndjson')]);
    expect(code).toBe(2);
    expect(stderr).toContain('The earlier export and the output are the same file');
    expect(await readFile(file('all.ndjson'), 'utf8')).toBe(before);
  });
});

describe('export --since --deleted', () => {
  it('writes the ids that the service no longer has, without reused ids', async () => {
    const { run, file, client, advance, readLines } = await setup();
    expect((await run(['export', file('all.csv')])).code).toBe(0);
    advance(3_600_000);
    for (const id of [5, 100, 250]) await client.personas.delete(id);
    expect((await client.personas.create({ name: 'Has the id of a deleted one' })).id).toBe(250);
    const args = [file('new.ndjson'), '--since', file('all.csv'), '--deleted', file('gone.txt'), '--json'];
    const { code, stdout } = await run(['export', ...args]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ complete: true, deleted: 2, deletedFile: file('gone.txt') });
    expect(await readLines('gone.txt')).toEqual(['5', '100']);
  });

  it('requests each persona that the list does not contain, if the service hides personas', async () => {
    const { run, file, client, readLines } = await setup({ published: true });
    expect((await run(['export', file('all.ndjson')])).code).toBe(0);
    await client.personas.delete(100);
    const hidden = { name: 'hidden', behavioral: { device_usage: { phone: '1 h' } } };
    await client.personas.create(hidden, { retry: false }).catch(() => {}); // stored, but the service responds with 500
    await appendFile(file('all.ndjson'), '{"id":251,"updated_at":"2026-01-31T12:00:00Z"}\n');
    const args = [file('new.ndjson'), '--since', file('all.ndjson'), '--deleted', file('gone.txt'), '--json'];
    const { code, stdout } = await run(['export', ...args]);
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ deleted: 1, complete: false });
    expect(await readLines('gone.txt')).toEqual(['100']);
  });

  it('needs the file of an earlier export', async () => {
    const { run, file } = await setup();
    const args = ['export', file('new.ndjson'), '--since', '2026-01-01', '--deleted', file('gone.txt')];
    const { code, stderr } = await run(args);
    expect(code).toBe(2);
    expect(stderr).toContain('--deleted needs --since with the file of an earlier export.');
  });
});
