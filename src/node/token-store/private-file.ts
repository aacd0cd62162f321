import { randomUUID } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { findForeignAccess } from '../foreign-access.js';
import { syncFolder } from '../sync-folder.js';
import { hasErrorCode, TokenStoreError } from './error.js';

// Windows does not define all of these.
const { O_CREAT, O_EXCL, O_NOFOLLOW = 0, O_NONBLOCK = 0, O_RDONLY, O_WRONLY } = constants;
const isPosix = process.platform !== 'win32';
/** A temporary file of at least this age belongs to a killed process. */
const STALE_AFTER_MS = 60_000;

/**
 * Reads a file that only its owner can access. Returns `undefined` if it does not exist.
 *
 * @throws {TokenStoreError} `unsafe` if the file is not a regular file, or if other users own it or can access it.
 */
export async function readPrivateFile(path: string): Promise<string | undefined> {
  try {
    if (!isPosix && (await lstat(path)).isSymbolicLink()) throw notRegularFile(path);
    const file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK); // without O_NONBLOCK, a pipe would wait for a writer
    try {
      assertPrivate(path, await file.stat());
      return await file.readFile('utf8');
    } finally {
      await file.close();
    }
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return undefined;
    throw hasErrorCode(error, 'ELOOP', 'EMLINK') ? notRegularFile(path) : error;
  }
}

/** Replaces a file atomically: a reader sees either the old or the new content, even after a crash. */
export async function replacePrivateFile(path: string, text: string): Promise<void> {
  const temporaryPath = await writeTemporaryFile(path, text, (file) => file.sync());
  try {
    await rename(temporaryPath, path);
  } catch (error) {
    await rm(temporaryPath, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/**
 * Creates a temporary file next to `path`, and returns its path. The name is random, and the function never opens an
 * existing file or link.
 *
 * @param beforeClose Runs after the function has written the text.
 */
export async function writeTemporaryFile(
  path: string,
  text: string,
  beforeClose?: (file: FileHandle) => Promise<void>,
): Promise<string> {
  const temporaryPath = `${path}.${randomUUID()}.tmp`;
  const file = await open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    await file.writeFile(text);
    await beforeClose?.(file);
  } catch (error) {
    await rm(temporaryPath, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  return temporaryPath;
}

/**
 * Creates the folder of a file if it does not exist.
 *
 * @throws {TokenStoreError} `unsafe` if any user can replace files in the folder.
 */
export async function preparePrivateFolder(path: string): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { mode } = await stat(folder);
  if (isPosix && (mode & 0o1002) === 0o002)
    throw new TokenStoreError(
      'unsafe',
      path,
      'is in a folder that every user can write to. Run chmod o-w on that folder',
    );
}

/** Deletes the temporary files that killed processes left next to a file. */
export async function removeStaleTemporaryFiles(path: string): Promise<void> {
  const folder = dirname(path);
  const names = (await readdir(folder)).filter(
    (name) => name.startsWith(`${basename(path)}.`) && name.endsWith('.tmp'),
  );
  for (const name of names) {
    const file = join(folder, name);
    const { mtimeMs } = await lstat(file).catch(() => ({ mtimeMs: Number.NaN }));
    if (Date.now() - mtimeMs > STALE_AFTER_MS) await rm(file, { force: true });
  }
}

function assertPrivate(path: string, stats: Stats): void {
  if (!stats.isFile()) throw notRegularFile(path);
  const foreignAccess = findForeignAccess(stats, 0o077);
  if (foreignAccess === 'owner')
    throw new TokenStoreError(
      'unsafe',
      path,
      'belongs to another user, so it was not read. Use another path',
    );
  if (foreignAccess === 'users')
    throw new TokenStoreError(
      'unsafe',
      path,
      'is accessible to other users. Run chmod 600 on it and log in again',
    );
}

const notRegularFile = (path: string) =>
  new TokenStoreError(
    'unsafe',
    path,
    'is a link or not a regular file, so it was not opened. Use another path',
  );
