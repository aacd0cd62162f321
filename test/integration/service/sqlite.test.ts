import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createPersonaService } from 'persona-client/testing';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createSqliteStore } from '../../../src/service/store/sqlite.js';
import { idsOf, started, WHOLE_SECOND } from './helpers.js';

const PERSONAS = '/api/v1/personas';

function databasePath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'persona-service-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'personas.db');
}

describe('the SQLite store', () => {
  it('survives a restart, in either dialect', async () => {
    const sqlite = databasePath();
    const first = await started({ store: { sqlite }, dialect: 'attributes' });
    await first.send('PUT', `${PERSONAS}/2/attributes/contextual`, { custom: { deep: true } });
    await first.send('DELETE', `${PERSONAS}/5`);
    const written = await first.send('GET', `${PERSONAS}/2`);
    await first.service.close();
    expect(existsSync(`${sqlite}-wal`)).toBe(false);

    const second = await started({ store: { sqlite }, dialect: 'attributes' });
    expect(await idsOf(second.send)).toEqual([2, 4, 3, 1]);
    expect((await second.send('GET', `${PERSONAS}/2`)).body).toEqual(written.body);
    expect((await second.send('POST', PERSONAS, { name: 'next' })).body.id).toBe(6);
    await second.service.close();

    const third = await started({ store: { sqlite }, dialect: 'subresource' });
    const { body } = await third.send('GET', `${PERSONAS}/2/contextual`);
    expect(body).toMatchObject({ id: 2, persona_id: 2, season: 'spring' });
    expect(body).not.toHaveProperty('custom');
  });

  it('goes on with later times after a restart, though the clock was set back', () => {
    const sqlite = databasePath();
    const first = createSqliteStore(sqlite, () => WHOLE_SECOND);
    first.create({ name: 'a', categories: {} });
    first.close();
    const second = createSqliteStore(sqlite, () => WHOLE_SECOND - 60_000);
    onTestFinished(() => second.close());
    expect(second.create({ name: 'b', categories: {} })).toMatchObject({
      createdAt: WHOLE_SECOND * 1000 + 1,
    });
  });

  it('does not seed a database that has personas', async () => {
    const sqlite = databasePath();
    const first = await started({ store: { sqlite }, seed: 1 });
    await first.service.close();
    const second = await started({ store: { sqlite }, seed: 3 });
    expect(await idsOf(second.send)).toEqual([1]);
  });

  it('writes ahead: a reader of the file sees committed personas while the service runs', async () => {
    const sqlite = databasePath();
    const { send } = await started({ store: { sqlite }, seed: false });
    await send('POST', PERSONAS, { name: 'seen', demographic: { city: 'Oslo' } });
    const reader = new DatabaseSync(sqlite, { readOnly: true });
    onTestFinished(() => reader.close());
    expect(reader.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
    const row = reader
      .prepare('SELECT name, city FROM personas JOIN demographic ON persona_id = personas.id')
      .get();
    expect(row).toEqual({ name: 'seen', city: 'Oslo' });
  });

  it('undoes a whole write when a part of it fails', () => {
    const store = createSqliteStore(':memory:', () => WHOLE_SECOND);
    onTestFinished(() => store.close());
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    const bad = { name: 'half', categories: { demographic: { city: 'Oslo' }, contextual: circular } };
    expect(() => store.create(bad)).toThrow(/circular/);
    expect(store.list({ offset: 0, limit: 10 })).toEqual({ personas: [], total: 0 });
    expect(store.create({ name: 'whole', categories: {} })).toMatchObject({ id: 1, name: 'whole' });
  });

  it('refuses a file that is not its own, and leaves it as it was', async () => {
    const sqlite = databasePath();
    const other = new DatabaseSync(sqlite);
    other.exec('CREATE TABLE theirs (id)');
    other.close();
    const service = createPersonaService({ store: { sqlite } });
    await expect(service.listen({ port: 0 })).rejects.toThrow(`Cannot use ${sqlite}`);
    await service.close();

    writeFileSync(sqlite, 'plain text, and long enough to be looked at as a header of a database');
    const text = readFileSync(sqlite);
    await expect(createPersonaService({ store: { sqlite } }).fetch('http://x/health')).rejects.toThrow(
      `Cannot use ${sqlite}`,
    );
    expect(readFileSync(sqlite)).toEqual(text);
  });

  it('says which Node it needs where there is no node:sqlite', async () => {
    vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined as never);
    const service = createPersonaService({ store: { sqlite: ':memory:' } });
    await expect(service.fetch('http://x/health')).rejects.toThrow(/SQLite store needs Node 22\.13 or later/);
  });

  it('keeps warnings about an experimental module to itself, and only those', () => {
    const script = `
      import { createSqliteStore } from './src/service/store/sqlite.ts';
      createSqliteStore(':memory:', Date.now).close();
      process.emitWarning('still heard');`;
    const { stderr } = spawnSync(
      process.execPath,
      ['--import', 'tsx', '--input-type=module-typescript', '--eval', script],
      { encoding: 'utf8' },
    );
    expect(stderr).toContain('still heard');
    expect(stderr).not.toContain('SQLite');
  });
});
