import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startCommand, startServe } from '../support/serve-command.js';

function createFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'persona-database-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

describe('persona-client serve --db', () => {
  it.each(['', ' ', '\t'])('rejects the name %j, as of an empty variable', async (name) => {
    const { exited, output } = startCommand(['serve', '--port', '0', '--db', name]);
    expect((await exited).code).toBe(2);
    expect(output.stderr).toMatch(/--db <file>.*Expected the path of a file/);
  });

  it('rejects a file of another program by name, and does not change it', async () => {
    const file = join(createFolder(), 'notes.txt');
    writeFileSync(file, 'not a database');
    const { exited, output } = startCommand(['serve', '--port', '0', '--db', file]);
    expect((await exited).code).toBe(1);
    expect(output.stderr).toContain(
      `Cannot open ${file} as the database of the service: it is not an SQLite`,
    );
    expect(readFileSync(file, 'utf8')).toBe('not a database');
  });

  it('lets several services start with one new file, and seeds it once', async () => {
    const file = join(createFolder(), 'shared.db');
    const services = await Promise.all(Array.from({ length: 4 }, () => startServe(['--db', file])));
    const totals = services.map(async ({ send }) => (await send('GET', '/api/v1/personas')).body.total);
    expect(await Promise.all(totals)).toEqual([5, 5, 5, 5]);
  });

  it.skipIf(process.platform === 'win32')(
    'reports why the disk rejects a write, and keeps exactly the personas of successful creates',
    async () => {
      const file = join(createFolder(), 'full.db');
      const { send } = await startServe(['--db', file], {}, 200);
      const psychographic = { lifestyle: 'x'.repeat(20_000) };
      let stored = 5;
      let response = await send('POST', '/api/v1/personas', { name: 'first', psychographic });
      for (; response.status === 201 && stored < 50; stored += 1)
        response = await send('POST', '/api/v1/personas', { name: 'next', psychographic });
      expect(response.status).toBe(500);
      expect(response.body.message).toMatch(
        /^Failed to create persona: (?:disk I\/O error|database or disk is full)$/,
      );
      expect((await send('GET', '/api/v1/personas')).body.total).toBe(stored);

      const other = join(createFolder(), 'other.db');
      const { exited, output } = startCommand(['serve', '--port', '0', '--db', other], {}, 1);
      expect((await exited).code).toBe(1);
      expect(output.stderr).toMatch(
        new RegExp(`Cannot open ${other} as the database of the service: .*(?:I/O|full)`),
      );
    },
  );
});
