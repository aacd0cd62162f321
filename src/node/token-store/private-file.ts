import { randomUUID } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { failedWith, TokenStoreError } from './error.js';

const { O_CREAT, O_EXCL, O_NOFOLLOW = 0, O_NONBLOCK = 0, O_RDONLY, O_WRONLY } = constants; // Windows has fewer
const isPosix = process.platform !== 'win32';

/** The text of a file that is this user's alone; nothing where there is none. */
export async function readPrivate(path: string): Promise<string | undefined> {
  try {
    if (!isPosix && (await lstat(path)).isSymbolicLink()) throw notPlain(path);
    const file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK); // a pipe would wait for a writer
    try {
      refuseUnsafe(path, await file.stat());
      return await file.readFile('utf8');
    } finally {
      await file.close();
    }
  } catch (error) {
    if (failedWith(error, 'ENOENT')) return undefined;
    throw failedWith(error, 'ELOOP', 'EMLINK') ? notPlain(path) : error;
  }
}

/** Puts a new file in the place of the old one at once: a reader sees either, whatever happens meanwhile. */
export async function replacePrivate(path: string, text: string): Promise<void> {
  const temporary = await writeAside(path, text, (file) => file.sync());
  try {
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  if (isPosix) await sync(dirname(path));
}

/** A new file beside this one. Its name cannot be guessed, and nothing that is there already is followed or opened. */
export async function writeAside(
  path: string,
  text: string,
  finish?: (file: FileHandle) => Promise<void>,
): Promise<string> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  const file = await open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    await file.writeFile(text);
    await finish?.(file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  return temporary;
}

/** @throws {TokenStoreError} `unsafe` for a folder in which anyone may exchange files. */
export async function preparePrivateFolder(path: string): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { mode } = await stat(folder);
  if (isPosix && (mode & 0o1002) === 0o002)
    throw new TokenStoreError('unsafe', path, 'is in a folder that everyone may write to: chmod o-w it');
}

/** Removes what killed processes have left beside a file while they wrote. */
export async function sweep(path: string): Promise<void> {
  const folder = dirname(path);
  const left = (await readdir(folder)).filter(
    (name) => name.startsWith(`${basename(path)}.`) && name.endsWith('.tmp'),
  );
  for (const name of left) {
    const file = join(folder, name);
    const { mtimeMs } = await lstat(file).catch(() => ({ mtimeMs: Number.NaN }));
    if (Date.now() - mtimeMs > 60_000) await rm(file, { force: true });
  }
}

function refuseUnsafe(path: string, stats: Stats): void {
  if (!stats.isFile()) throw notPlain(path);
  if (!isPosix) return;
  if (stats.uid !== process.geteuid?.())
    throw new TokenStoreError('unsafe', path, 'belongs to another user, so it is not read');
  if ((stats.mode & 0o077) !== 0)
    throw new TokenStoreError('unsafe', path, 'is open to other users: chmod 600 it, and sign in anew');
}

const notPlain = (path: string) =>
  new TokenStoreError('unsafe', path, 'is a link, or no file at all, so it is not touched');

async function sync(folder: string): Promise<void> {
  const directory = await open(folder, O_RDONLY);
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
