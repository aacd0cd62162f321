import { randomBytes } from 'node:crypto';
import { constants, createWriteStream, openSync, rmSync } from 'node:fs';
import { open, readlink, realpath, rename, rm, stat } from 'node:fs/promises';
import { Socket } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { InputError } from './errors.js';
import { isSystemError, toWriteError } from './system-errors.js';

const READER_POLL_MS = 50;

interface OutputFile {
  readonly path: string;
  /** Permissions of a regular file. */
  readonly mode: number;
}

/**
 * Writes text to a file.
 *
 * Replaces a regular file when the text is complete, and leaves it unchanged on failure. If `path` is a link, replaces the
 * file that it leads to. Writes directly to a pipe or a device. Waits for the reader of a named pipe.
 *
 * @throws {InputError} if `path` is a folder.
 * @throws {Error} if the file cannot be written. The message names the file and the reason.
 */
export async function writeOutputFile(
  file: OutputFile,
  text: Iterable<string> | AsyncIterable<string>,
  signal: AbortSignal = new AbortController().signal,
): Promise<void> {
  const { path } = file;
  const writeTo = (output: Writable) => pipeline(text, output, { signal });
  try {
    const stats = await stat(path).catch(undefinedIfMissing);
    const descriptor = getDescriptor(path);
    if (stats?.isDirectory()) throw new InputError(`${path} is a folder. Name a file.`);
    if (stats?.isFIFO()) await writeTo(await openPipe(path, signal));
    else if (stats && !stats.isFile()) await writeTo(await openDevice(path));
    else if (descriptor !== undefined) await writeTo(createWriteStream('', { fd: descriptor }));
    else await replaceFile({ ...file, path: await resolveLinks(path) }, writeTo);
  } catch (error) {
    throw toWriteError(path, error);
  }
}

const openDevice = async (path: string): Promise<Writable> =>
  (await open(path, constants.O_WRONLY)).createWriteStream();

/** Returns the file descriptor that a path such as `/dev/stdout` or `/dev/fd/3` stands for. */
export function getDescriptor(path: string): number | undefined {
  if (path === '/dev/stdout') return 1;
  const [, digits] = /^\/(?:dev|proc\/self)\/fd\/(\d+)$/.exec(path) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

/** Opens a named pipe without blocking, because a blocked `open` cannot be interrupted. */
async function openPipe(path: string, signal: AbortSignal): Promise<Writable> {
  for (;;) {
    try {
      // A `FileHandle` would close its descriptor when it is garbage-collected, before the socket has written the text.
      const fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
      return new Socket({ fd, readable: false, writable: true });
    } catch (error) {
      if (!isSystemError(error, 'ENXIO')) throw error; // no process reads the pipe
    }
    await delay(READER_POLL_MS, undefined, { signal });
  }
}

/** Writes a temporary file beside `path`, then renames it. */
async function replaceFile(
  { path, mode }: OutputFile,
  write: (output: Writable) => Promise<void>,
): Promise<void> {
  const temporaryPath = join(dirname(path), `.persona-client-${randomBytes(6).toString('hex')}.tmp`);
  const removeNow = () => rmSync(temporaryPath, { force: true });
  process.once('exit', removeNow); // a second Ctrl-C skips `finally`
  try {
    await write(createWriteStream(temporaryPath, { flags: 'wx', mode, flush: true }));
    await rename(temporaryPath, path);
  } catch (error) {
    await rm(temporaryPath, { force: true });
    throw error;
  } finally {
    process.off('exit', removeNow);
  }
}

/** Returns the path that links lead to, even if no file exists there. */
async function resolveLinks(path: string): Promise<string> {
  const target = await realpath(path).catch(undefinedIfMissing);
  if (target !== undefined) return target;
  const link = await readlink(path).catch(() => undefined);
  return link === undefined ? path : resolveLinks(resolve(await realpath(dirname(path)), link));
}

function undefinedIfMissing(error: unknown): undefined {
  if (!isSystemError(error, 'ENOENT')) throw error;
}
