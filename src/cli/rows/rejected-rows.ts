import { constants } from 'node:fs';
import { access, type FileHandle, open, stat } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import { isStream } from '../check-files.js';
import { InputError } from '../errors.js';
import { toWriteError } from '../system-errors.js';
import type { Format, Row, RowSource } from './types.js';

/**
 * A file of rejected rows, which the user can fix and import again. `add` creates the file.
 *
 * If the path exists, the file gets another name, because the path may hold rows that the user has fixed.
 */
export class RejectedRowsFile {
  readonly #source: Pick<RowSource, 'header'>;
  readonly #mayBeDevice: boolean;
  #path: string;
  #file: FileHandle | undefined;

  /** @param mayBeDevice Whether to write to a device or a pipe at this path, such as `/dev/null`. */
  constructor(path: string, source: Pick<RowSource, 'header'>, mayBeDevice: boolean) {
    this.#path = path;
    this.#source = source;
    this.#mayBeDevice = mayBeDevice;
  }

  /** The path of the created file. `undefined` if there were no rejected rows. */
  get createdPath(): string | undefined {
    return this.#file && this.#path;
  }

  /** @throws {Error} if the file cannot be written. The message names the file and the reason. */
  async add(row: Row): Promise<void> {
    try {
      await this.#append(row);
    } catch (error) {
      throw toWriteError(this.#path, error);
    }
  }

  async #append({ raw }: Row): Promise<void> {
    if (!this.#file) {
      this.#file = (this.#mayBeDevice && (await openDevice(this.#path))) || (await this.#createFile());
      const header = this.#source.header();
      if (header) await this.#file.appendFile(Buffer.concat([header, Buffer.from('\n')]));
    }
    await this.#file.appendFile(Buffer.concat([raw, Buffer.from('\n')]));
  }

  async close(): Promise<void> {
    await this.#file?.close();
  }

  /** Never opens a file or a link that exists. */
  async #createFile(): Promise<FileHandle> {
    const requestedPath = this.#path;
    for (let number = 2; ; number++) {
      try {
        return await open(this.#path, 'wx', 0o600);
      } catch (error) {
        if ((error as { code?: unknown }).code !== 'EEXIST') throw error;
        this.#path = addNumber(requestedPath, number);
      }
    }
  }
}

/**
 * Checks that rejected rows can be written to a path, without creating a file.
 *
 * @throws {InputError} if the device, or the folder of the new file, is missing or not writable.
 */
export async function checkRejectedPath(path: string): Promise<void> {
  try {
    await access((await isDevice(path)) ? path : `${dirname(path)}/.`, constants.W_OK); // `/.` fails for a file
  } catch (error) {
    throw new InputError(`${(toWriteError(path, error) as Error).message} Nothing was sent.`);
  }
}

/** Whether a path is a device or a pipe. */
async function isDevice(path: string): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined);
  return stats !== undefined && !stats.isFile() && !stats.isDirectory();
}

/** Opens a device or a pipe. Returns `undefined` for anything else. */
async function openDevice(path: string): Promise<FileHandle | undefined> {
  if (!(await isDevice(path))) return undefined;
  const device = await open(path, constants.O_WRONLY);
  if (!(await device.stat()).isFile()) return device;
  await device.close(); // another program has replaced the path
  return undefined;
}

/** Returns `people.rejected-2.csv` for `people.rejected.csv`. */
function addNumber(path: string, number: number): string {
  const extension = extname(path);
  return `${path.slice(0, path.length - extension.length)}-${number}${extension}`;
}

/** Returns `people.rejected.csv` for `people.csv`. The format of the rejected rows of a JSON file is NDJSON. */
export function defaultRejectedPath(path: string, format: Format): string {
  const stem = isStream(path) ? 'stdin' : path.replace(/\.\w+$/, '');
  return `${stem}.rejected.${format === 'json' ? 'ndjson' : format}`;
}
