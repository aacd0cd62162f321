import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createPersonaService } from 'persona-client/testing';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createSqliteStore } from '../../../src/service/store/sqlite.js';
import { PERSONAS_PATH } from '../../support/personas.js';
import { listIds, startServiceWithSender, WHOLE_SECOND } from './helpers.js';

function databasePath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'persona-service-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'personas.db');
}

describe('the SQLite store', () => {
  it('keeps personas after a restart, in either dialect', async () => {
    const sqlite = databasePath();
    const first = await startServiceWithSender({ store: { sqlite }, dialect: 'attributes' });
    await first.send('PUT', `${PERSONAS_PATH}/2/attributes/contextual`, { custom: { deep: true } });
    await first.send('DELETE', `${PERSONAS_PATH}/5`);
    const written = await first.send('GET', `${PERSONAS_PATH}/2`);
    await first.service.close();
    expect(existsSync(`${sqlite}-wal`)).toBe(false);

    const second = await startServiceWithSender({ store: { sqlite }, dialect: 'attributes' });
    expect(await listIds(second.send)).toEqual([2, 4, 3, 1]);
    expect((await second.send('GET', `${PERSONAS_PATH}/2`)).body).toEqual(written.body);
    expect((await second.send('POST', PERSONAS_PATH, { name: 'next' })).body.id).toBe(5); // used again
    await second.service.close();

    const third = await startServiceWithSender({ store: { sqlite }, dialect: 'subresource' });
    const { body } = await third.send('GET', `${PERSONAS_PATH}/2/contextual`);
    expect(body).toMatchObject({ id: 2, persona_id: 2, season: 'spring' });
    expect(body).not.toHaveProperty('custom');
  });

  it('uses later timestamps after a restart, even if the clock was set back', () => {
    const sqlite = databasePath();
    const first = createSqliteStore(sqlite, () => WHOLE_SECOND);
    first.create({ name: 'a', categories: {} });
    first.close();
    const second = createSqliteStore(sqlite, () => WHOLE_SECOND - 60_000);
    onTestFinished(() => second.close());
    expect(second.create({ name: 'b', categories: {} })).toMatchObject({
      createdAt: WHOLE_SECOND * 1000 + 2,
    });
  });

  it('does not seed a database that contains personas', async () => {
    const sqlite = databasePath();
    const first = await startServiceWithSender({ store: { sqlite }, seed: 1 });
    await first.service.close();
    const second = await startServiceWithSender({ store: { sqlite }, seed: 3 });
    expect(await listIds(second.send)).toEqual([1]);
  });

  it('uses a write-ahead log, so that another process can read committed personas', async () => {
    const sqlite = databasePath();
    const { send } = await startServiceWithSender({ store: { sqlite }, seed: false });
    await send('POST', PERSONAS_PATH, { name: 'seen', demographic: { city: 'Oslo' } });
    const reader = new DatabaseSync(sqlite, { readOnly: true });
    onTestFinished(() => reader.close());
    expect(reader.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
    const row = reader
      .prepare('SELECT name, city FROM personas JOIN demographic ON persona_id = personas.id')
      .get();
    expect(row).toEqual({ name: 'seen', city: 'Oslo' });
  });

  it('rolls back a write if a part of it fails', () => {
    const store = createSqliteStore(':memory:', () => WHOLE_SECOND);
    onTestFinished(() => store.close());
    const bad = {
      name: 'half',
      categories: {
        demographic: { city: 'Oslo' },
        contextual: {
          get x() {
            throw new Error('unreadable');
          },
        },
      },
    };
    expect(() => store.create(bad)).toThrow('unreadable');
    expect(store.list({ offset: 0, limit: 10 })).toEqual({ personas: [], total: 0 });
    expect(store.create({ name: 'whole', categories: {} })).toMatchObject({ id: 1, name: 'whole' });
  });

  it('rejects a file of another program, and does not change it', async () => {
    const sqlite = databasePath();
    const other = new DatabaseSync(sqlite);
    other.exec('CREATE TABLE theirs (id)');
    other.close();
    const service = createPersonaService({ store: { sqlite } });
    await expect(service.listen({ port: 0 })).rejects.toThrow(`Cannot open ${sqlite}`);
    await service.close();

    writeFileSync(sqlite, 'plain text that is long enough to be read as a database header');
    const text = readFileSync(sqlite);
    await expect(createPersonaService({ store: { sqlite } }).fetch('http://x/health')).rejects.toThrow(
      `Cannot open ${sqlite}`,
    );
    expect(readFileSync(sqlite)).toEqual(text);
  });

  it('names the required Node.js version if node:sqlite is missing', async () => {
    vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined as never);
    const service = createPersonaService({ store: { sqlite: ':memory:' } });
    await expect(service.fetch('http://x/health')).rejects.toThrow(
      /SQLite store needs Node\.js 22\.13 or later/,
    );
  });

  it('suppresses only the warning about the experimental module', () => {
    const script = `
      import { createSqliteStore } from './src/service/store/sqlite.ts';
      createSqliteStore(':memory:', Date.now).close();
      process.emitWarning('another warning');`;
    const { stderr } = spawnSync(
      process.execPath,
      ['--import', 'tsx', '--input-type=module-typescript', '--eval', script],
      { encoding: 'utf8' },
    );
    expect(stderr).toContain('another warning');
    expect(stderr).not.toContain('SQLite');
  });
});

it('opens its database again after a failure', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'persona-service-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const service = createPersonaService({ store: { sqlite: join(folder, 'later', 'personas.sqlite') } });
  onTestFinished(() => service.close());
  const request = () =>
    service.fetch('http://localhost/health').then(
      ({ status }) => status,
      () => 0,
    );
  expect(await request()).not.toBe(200);
  mkdirSync(join(folder, 'later'));
  expect(await request()).toBe(200);
});
