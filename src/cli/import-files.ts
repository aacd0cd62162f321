import { type BigIntStats, fstatSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { InputError } from './exit-codes.js';

/** The files of an import. `-` is standard input. */
interface ImportFiles {
  readonly input: string;
  readonly journal: string | undefined;
  readonly rejected: string;
}

/** Whether a path is a stream, such as `-` or `/dev/fd/63`. No other file can be created beside it. */
export const isStream = (path: string): boolean => path === '-' || /^\/(?:dev|proc)\//.test(path);

/**
 * Checks that the input, the journal and the file of rejected rows are different files.
 *
 * The function compares devices and inodes, because links, `/dev/fd` and upper case give one file several names.
 *
 * @throws {InputError} if two of them are the same file, or if an output is a folder.
 */
export function checkImportFiles({ input, journal, rejected }: ImportFiles): void {
  const files = [
    ['input', input],
    ...(journal === undefined
      ? []
      : [
          ['journal', journal],
          ['lock of the journal', `${journal}.lock`],
        ]),
    ['file of rejected rows', rejected],
  ] as const;
  const roleByIdentity = new Map<string, string>();
  for (const [role = '', path = ''] of files) {
    const identity = identify(path);
    if (identity === undefined) continue;
    const otherRole = roleByIdentity.get(identity);
    if (otherRole !== undefined)
      throw new InputError(
        `The ${otherRole} and the ${role} are the same file: ${path}. Nothing was sent. Name another file with --journal or --rejected.`,
      );
    roleByIdentity.set(identity, role);
  }
}

/**
 * Returns an id that is the same for all names of a file. For a missing file, it is the absolute path. `undefined` for a device or
 * a pipe, which the input and an output may share.
 */
function identify(path: string): string | undefined {
  const stats = readStats(path);
  if (stats === undefined) return resolve(path);
  if (stats.isDirectory()) throw new InputError(`${path} is a folder. Name a file.`);
  return stats.isFile() ? `${stats.dev} ${stats.ino}` : undefined;
}

/** Returns `undefined` for a file that does not exist or is not accessible. Opening it reports the reason. */
function readStats(path: string): BigIntStats | undefined {
  try {
    return path === '-' ? fstatSync(0, { bigint: true }) : statSync(path, { bigint: true });
  } catch {
    return undefined;
  }
}
