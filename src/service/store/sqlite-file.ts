import { loadNodeBuiltin } from '../../core/node-builtin.js';

/** The first bytes of every SQLite database. */
const MAGIC = 'SQLite format 3\0';
/** Byte offsets in a database: `user_version` in the header, then type and cell count of the root page of `sqlite_schema`. */
const VERSION_OFFSET = 60;
const PAGE_TYPE_OFFSET = 100;
const CELL_COUNT_OFFSET = 103;
const HEADER_BYTES = 108;
const LEAF_PAGE = 13;
/** Start of an SQL statement in `sqlite_schema`. Every database of the service contains it near its start. */
const PERSONAS_TABLE = 'CREATE TABLE personas (';
/**
 * The same text in UTF-16 of both byte orders, without the zero byte at the start or end. A database keeps the encoding that it
 * had when it was empty.
 */
const PERSONAS_TABLE_UTF16 = [...PERSONAS_TABLE].join('\0');
/** How much of a file to read: the maximum size of an SQLite page. */
const START_BYTES = 65_536;

type FileSystem = typeof import('node:fs');

/**
 * Checks a file before SQLite opens it. The file must be a database of the service that this process can write, or empty, or
 * missing.
 *
 * Reads the bytes without SQLite, which would change the database of another program. SQLite creates `-wal` and `-shm` files, and
 * writes the content that a crash left in them to the database.
 *
 * @param name as SQLite accepts it: a path, a `file:` URI or `:memory:`.
 * @param supportedVersions values of `user_version`.
 * @throws {Error} if the store cannot use the file. The message is only the reason.
 */
export function checkDatabaseFile(name: string, supportedVersions: readonly number[]): void {
  const { path, isReadOnly } = parseName(name);
  const fs = loadNodeBuiltin('node:fs');
  if (path === undefined || fs === undefined) return;
  if (path === '') throw new Error('it names no file, so the personas would be lost');
  const { R_OK, W_OK } = fs.constants;
  assertAccess(fs, path.replace(/[^/\\]*$/, '') || '.', W_OK, 'its folder');
  const stats = fs.statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return;
  if (!stats.isFile()) throw new Error(stats.isDirectory() ? 'it is a folder' : 'it is not a regular file');
  const realPath = fs.realpathSync(path);
  assertAccess(fs, realPath, R_OK, 'it');
  if (stats.size > 0) checkContent(fs, realPath, supportedVersions);
  if (isReadOnly) throw new Error('the URI opens it read-only');
  assertAccess(fs, realPath, W_OK, 'it');
}

function checkContent(fs: FileSystem, path: string, supportedVersions: readonly number[]): void {
  const start = readStart(fs, path);
  if (start.length < HEADER_BYTES || start.toString('latin1', 0, MAGIC.length) !== MAGIC)
    throw new Error('it is not an SQLite database');
  const version = start.readUInt32BE(VERSION_OFFSET);
  const isEmpty =
    version === 0 && start[PAGE_TYPE_OFFSET] === LEAF_PAGE && start.readUInt16BE(CELL_COUNT_OFFSET) === 0;
  if (isEmpty) {
    // If the process that created the tables was killed, only the log contains them.
    const log = readStart(fs, `${path}-wal`);
    if (log.length === 0 || hasPersonas(log)) return;
  }
  if (!hasPersonas(start)) throw new Error('it is a database of another program');
  if (supportedVersions.includes(version)) return;
  throw new Error(
    `its tables have version ${version}, and this package supports ${supportedVersions.join(' and ')}`,
  );
}

const hasPersonas = (bytes: Buffer): boolean =>
  bytes.includes(PERSONAS_TABLE) || bytes.includes(PERSONAS_TABLE_UTF16);

/** Reads the start of a file. Returns an empty buffer if the file does not exist. */
function readStart(fs: FileSystem, path: string): Buffer {
  if (!fs.existsSync(path)) return Buffer.alloc(0);
  const file = fs.openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(START_BYTES);
    return buffer.subarray(0, fs.readSync(file, buffer, 0, START_BYTES, 0));
  } finally {
    fs.closeSync(file);
  }
}

const PROBLEM_BY_CODE: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'is not a folder',
};

function assertAccess(fs: FileSystem, path: string, mode: number, subject: string): void {
  try {
    fs.accessSync(path, mode);
  } catch (cause) {
    const denied = mode === fs.constants.W_OK ? 'cannot be written' : 'cannot be read';
    const { code = '' } = cause as NodeJS.ErrnoException;
    throw new Error(`${subject} ${PROBLEM_BY_CODE[code] ?? `${denied} (${code})`}`, { cause });
  }
}

/** Parses the name of a database. `path` is `undefined` for a database in memory. */
function parseName(name: string): { readonly path: string | undefined; readonly isReadOnly: boolean } {
  if (name === ':memory:') return { path: undefined, isReadOnly: false };
  const [, encodedPath, query] = /^file:(?:\/\/[^/?#]*)?([^?#]*)\??([^#]*)/.exec(name) ?? [];
  if (encodedPath === undefined) return { path: name, isReadOnly: false };
  const parameters = new URLSearchParams(query);
  const isInMemory = encodedPath === ':memory:' || parameters.get('mode') === 'memory';
  const path = decodeURIComponent(encodedPath);
  const isWindows = globalThis.process?.platform === 'win32';
  return {
    path: isInMemory ? undefined : isWindows ? path.replace(/^\/(?=[a-z]:)/i, '') : path,
    isReadOnly:
      parameters.get('mode') === 'ro' || /^(?:[1-9]|yes|true|on)/i.test(parameters.get('immutable') ?? ''),
  };
}
