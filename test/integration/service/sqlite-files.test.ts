import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { createPersonaService } from 'persona-client/testing';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createSqliteStore } from '../../../src/service/store/sqlite.js';
import { prepareSchema } from '../../../src/service/store/sqlite-schema.js';
import { PERSONAS_PATH } from '../../support/personas.js';
import { createTestClient } from '../../support/service.js';
import { startServiceWithSender } from './helpers.js';

const ENCODINGS = ['UTF-8', 'UTF-16le', 'UTF-16be'] as const;
const ALL = { offset: 0, limit: 10 };

function createFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'persona-sqlite-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Creates a database. A `killed` program leaves its last writes in the log. */
function createDatabase(file: string, fill: (database: DatabaseSync) => void, killed = false): void {
  const folder = createFolder();
  const database = new DatabaseSync(join(folder, 'db'));
  fill(database);
  if (killed) for (const suffix of ['', '-wal']) cpSync(join(folder, `db${suffix}`), `${file}${suffix}`);
  database.close();
  if (!killed) cpSync(join(folder, 'db'), file);
}

const createBills = (version: number, mode: 'delete' | 'wal') => (database: DatabaseSync) =>
  database.exec(
    `PRAGMA journal_mode = ${mode}; CREATE TABLE bills (x); INSERT INTO bills VALUES (1); PRAGMA user_version = ${version};`,
  );

/** Creates tables that are only in the log. */
function createBillsInLog(database: DatabaseSync): void {
  database.exec('PRAGMA journal_mode = WAL; VACUUM');
  database.exec('PRAGMA wal_checkpoint(TRUNCATE); PRAGMA wal_autocheckpoint = 0');
  database.exec('CREATE TABLE bills (x)');
}

/** The files of a folder with their contents. Stays the same if nothing has changed. */
const readFolder = (folder: string) =>
  Object.fromEntries(
    readdirSync(folder).map((name) => {
      const path = join(folder, name);
      return [name, statSync(path).isFile() ? readFileSync(path, 'base64') : 'folder'];
    }),
  );

function openStore(name: string) {
  const store = createSqliteStore(name, Date.now);
  onTestFinished(() => store.close());
  return store;
}

describe('the SQLite store rejects by name, and does not change,', () => {
  interface RejectedFile {
    readonly create: (file: string) => void;
    readonly name?: (file: string) => string;
    readonly reason: RegExp;
  }
  const foreignFiles = [0, 1, 2, 99].flatMap((version) =>
    (['delete', 'wal'] as const).map((mode): [string, RejectedFile] => [
      `the database of another program with user_version ${version} and journal mode ${mode}`,
      { create: (file) => createDatabase(file, createBills(version, mode)), reason: /of another program$/ },
    ]),
  );
  const files: [string, RejectedFile][] = [
    ...foreignFiles,
    [
      'the database of another program that was killed',
      { create: (file) => createDatabase(file, createBills(2, 'wal'), true), reason: /of another program$/ },
    ],
    ...ENCODINGS.map((encoding): [string, RejectedFile] => [
      `the database of another program in ${encoding}`,
      {
        create: (file) =>
          createDatabase(file, (database) =>
            database.exec(`PRAGMA encoding = '${encoding}'; CREATE TABLE bills (x)`),
          ),
        reason: /of another program$/,
      },
    ]),
    [
      'the database of a killed program whose tables are only in the log',
      {
        create: (file) => createDatabase(file, createBillsInLog, true),
        reason: /of another program$/,
      },
    ],
    [
      'a database of a newer version of the service',
      {
        create: (file) =>
          createDatabase(file, (database) => {
            prepareSchema(database);
            database.exec('PRAGMA user_version = 3');
          }),
        reason: /its tables have version 3, and this package supports 1 and 2$/,
      },
    ],
    [
      'a database with a table of the same name',
      {
        create: (file) =>
          createDatabase(file, (database) =>
            database.exec('CREATE TABLE personas (nick TEXT); PRAGMA user_version = 2'),
          ),
        reason: /no such (?:column|table)/,
      },
    ],
    ['a text', { create: (file) => writeFileSync(file, 'x'.repeat(500)), reason: /not an SQLite database$/ }],
    ['a short text', { create: (file) => writeFileSync(file, 'hi'), reason: /not an SQLite database$/ }],
    ['a folder', { create: (file) => mkdirSync(file), reason: /it is a folder$/ }],
    [
      'a file in a missing folder',
      { create: () => {}, name: (file) => join(file, 'personas.db'), reason: /its folder does not exist$/ },
    ],
    [
      'a file that its URI opens read-only',
      {
        create: (file) => createDatabase(file, (database) => prepareSchema(database)),
        name: (file) => `file:${file}?mode=ro`,
        reason: /the URI opens it read-only$/,
      },
    ],
    [
      'a file that its URI calls immutable',
      {
        create: (file) => createDatabase(file, (database) => prepareSchema(database)),
        name: (file) => `file:${file}?immutable=1`,
        reason: /the URI opens it read-only$/,
      },
    ],
    [
      'a link to the database of a killed program',
      {
        create: (file) => {
          createDatabase(`${file}-target`, createBillsInLog, true);
          symlinkSync(`${file}-target`, file);
        },
        reason: /of another program$/,
      },
    ],
    [
      'a URI of the database of another program',
      {
        create: (file) => createDatabase(file, createBills(0, 'delete')),
        name: (file) => `${pathToFileURL(file)}`,
        reason: /of another program$/,
      },
    ],
  ];

  it.each(files)('%s', async (_, { create, name: toName = (file) => file, reason }) => {
    const folder = createFolder();
    const file = join(folder, 'my data.db');
    create(file);
    const before = readFolder(folder);
    const name = toName(file);
    const service = createPersonaService({ store: { sqlite: name } });
    const error = await service.listen({ port: 0 }).catch((thrown: Error) => thrown);
    const { health } = createTestClient({ fetch: service.fetch, retry: false });
    const callError = await health.check().catch((thrown: Error) => thrown);
    await service.close();
    expect(error).toBeInstanceOf(Error);
    expect(callError).toMatchObject({ cause: { message: (error as Error).message } });
    expect((error as Error).message).toMatch(reason);
    expect((error as Error).message).toContain(`Cannot open ${name} as the database of the service: `);
    expect(readFolder(folder)).toEqual(before);
  });

  it.skipIf(process.platform === 'win32' || process.geteuid?.() === 0)(
    'a file or folder without write permission',
    () => {
      const folder = createFolder();
      const file = join(folder, 'personas.db');
      createDatabase(file, (database) => prepareSchema(database));
      const before = readFolder(folder);
      for (const path of [file, folder]) {
        const { mode } = statSync(path);
        chmodSync(path, 0o555);
        onTestFinished(() => chmodSync(path, mode));
        expect(() => createSqliteStore(file, Date.now)).toThrow(/cannot be written \(EACCES\)$/);
        chmodSync(path, mode);
      }
      expect(readFolder(folder)).toEqual(before);
    },
  );
});

describe('the SQLite store', () => {
  it.each(['', ' ', '\n', 'a\0b'])('is not created for the name %j', (sqlite) => {
    expect(() => createPersonaService({ store: { sqlite } })).toThrow(
      new TypeError('createPersonaService: store: sqlite must be the path of a file'),
    );
  });

  it.each(['file:', 'file:?cache=shared', 'file://'])('rejects %s, which names no file', (name) => {
    expect(() => createSqliteStore(name, Date.now)).toThrow(
      `Cannot open ${name} as the database of the service: it names no file, so the personas would be lost`,
    );
  });

  it.each([
    ['a path', (file: string) => file],
    ['a URI', (file: string) => `${pathToFileURL(file)}`],
    ['a URI with parameters', (file: string) => `file:${file.replace(' ', '%20')}?mode=rwc#x`],
    ['a URI with a host', (file: string) => `file://localhost${file.replace(' ', '%20')}`],
  ])('creates the file of %s', (_, toName) => {
    const file = join(createFolder(), 'my data.db');
    const store = createSqliteStore(toName(file), Date.now);
    store.create({ name: 'kept', categories: {} });
    store.close();
    expect(existsSync(file)).toBe(true);
    expect(openStore(file).list(ALL)).toMatchObject({ total: 1 });
  });

  it('creates the file that a link names, and uses an empty file', () => {
    const folder = createFolder();
    symlinkSync(join(folder, 'target'), join(folder, 'link'));
    openStore(join(folder, 'link')).create({ name: 'kept', categories: {} });
    expect(existsSync(join(folder, 'target'))).toBe(true);
    writeFileSync(join(folder, 'empty'), '');
    expect(openStore(join(folder, 'empty')).list(ALL)).toMatchObject({ total: 0 });
  });

  it.each([':memory:', 'file::memory:', 'file:personas?mode=memory'])('opens %s in memory', (name) => {
    const store = openStore(name);
    store.create({ name: 'lost', categories: {} });
    expect(store.list(ALL)).toMatchObject({ total: 1 });
    expect(existsSync('personas')).toBe(false);
  });

  it.each(ENCODINGS)('opens its database in %s again', (encoding) => {
    const file = join(createFolder(), 'personas.db');
    createDatabase(file, (database) => {
      database.exec(`PRAGMA encoding = '${encoding}'; CREATE TABLE x (y); DROP TABLE x`); // an empty file has no encoding
    });
    const store = createSqliteStore(file, Date.now);
    store.create({ name: 'Zoë 人', categories: { contextual: { weather: 'søl' } } });
    store.close();
    expect(openStore(file).get(1)).toMatchObject({
      name: 'Zoë 人',
      categories: { contextual: { fields: { weather: 'søl' } } },
    });
  });

  it.each(ENCODINGS)(
    'opens a database in %s whose tables are only in the log of a killed service',
    (encoding) => {
      const file = join(createFolder(), 'personas.db');
      const fill = (database: DatabaseSync) => {
        database.exec(
          `PRAGMA encoding = '${encoding}'; PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0`,
        );
        prepareSchema(database);
      };
      createDatabase(file, fill, true);
      expect(openStore(file).list(ALL)).toMatchObject({ total: 0 });
    },
  );

  it('is not filled twice by two services that found it empty', async () => {
    const file = join(createFolder(), 'personas.db');
    const stores = [openStore(file), openStore(file)];
    for (const store of stores) await store.seed([{ name: 'first', createdAt: 1, categories: {} }]);
    expect(stores[0]?.list(ALL)).toMatchObject({ total: 1 });
  });

  it('says which database it could not fill, also in process', async () => {
    const file = join(createFolder(), 'personas.db');
    createDatabase(file, (database) => {
      prepareSchema(database);
      database.exec("CREATE TRIGGER no BEFORE INSERT ON personas BEGIN SELECT RAISE(ABORT, 'no'); END");
    });
    const { fetch } = createPersonaService({ store: { sqlite: file } });
    const { health } = createTestClient({ fetch, retry: false });
    await expect(health.check()).rejects.toMatchObject({
      cause: { message: `Cannot fill ${file} as the database of the service: constraint failed` },
    });
  });

  it('reads while another program has locked the database, and writes afterward', async () => {
    const file = join(createFolder(), 'personas.db');
    const { send } = await startServiceWithSender({ store: { sqlite: file } });
    const other = new DatabaseSync(file);
    onTestFinished(() => other.close());
    other.exec('BEGIN IMMEDIATE');
    const created = send('POST', PERSONAS_PATH, { name: 'waits' });
    const deleted = send('DELETE', `${PERSONAS_PATH}/1`);
    expect((await send('GET', PERSONAS_PATH)).body.total).toBe(5);
    const late = await startServiceWithSender({ store: { sqlite: file } });
    expect((await late.send('GET', PERSONAS_PATH)).body.total).toBe(5);
    other.exec('COMMIT');
    expect([(await created).status, (await deleted).status]).toEqual([201, 200]);
    expect((await send('GET', PERSONAS_PATH)).body.total).toBe(5);
  });

  it('gives up a write after five seconds of a locked database, and when it is closed', async () => {
    const file = join(createFolder(), 'personas.db');
    const store = createSqliteStore(file, Date.now);
    const other = new DatabaseSync(file);
    onTestFinished(() => other.close());
    other.exec('BEGIN IMMEDIATE');
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const write = expect(store.create({ name: 'waits', categories: {} })).rejects.toThrow(
      'another program has locked the database',
    );
    await vi.advanceTimersByTimeAsync(5_100);
    await write;
    const lastWrite = store.create({ name: 'waits', categories: {} });
    store.close();
    await expect(lastWrite).rejects.toThrow('the store is closed');
  });
});
