import { type BigIntStats, fstatSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { resolveTokenFilePath } from './client.js';
import { InputError } from './errors.js';

/** What a file is for a command, such as `input`, and its path, if the command has such a file. `-` is standard input. */
type FileRole = readonly [role: string, path: string | undefined];

const STANDARD_OUTPUTS = [
  ['standard output', 1],
  ['standard error', 2],
] as const;

/** Whether a path is a stream, such as `-` or `/dev/fd/63`. No other file can be created beside it. */
export const isStream = (path: string): boolean => path === '-' || /^\/(?:dev|proc)\//.test(path);

/**
 * Checks that no output of a command is one of its inputs, its token file or another of its outputs. Standard output and
 * standard error must not be an input or the token file, either.
 *
 * The function compares devices and inodes, because links, `/dev/fd` and upper case give one file several names.
 *
 * @throws {InputError} if two of them are the same file, or if an input or output is a folder.
 */
export function checkFiles(inputs: readonly FileRole[], outputs: readonly FileRole[]): void {
  const tokenFile: FileRole = ['token file', resolveTokenFilePath()];
  const roleByIdentity = new Map<string, string>();
  const throwIfUsed = (identity: string | undefined, role: string, path: string) => {
    const otherRole = identity === undefined ? undefined : roleByIdentity.get(identity);
    if (otherRole === undefined) return;
    throw new InputError(
      `The ${otherRole} and the ${role} are the same file: ${path}. Nothing was sent. Name another file.`,
    );
  };
  for (const [role, path] of [...inputs, tokenFile]) {
    if (path === undefined) continue;
    const identity = identify(path);
    if (identity === undefined) continue;
    roleByIdentity.set(identity, role);
    for (const [outputRole, descriptor] of STANDARD_OUTPUTS)
      if (identifyFile(readStats(descriptor)) === identity) throwIfUsed(identity, outputRole, path);
  }
  for (const [role, path] of outputs) {
    if (path === undefined) continue;
    const identity = identify(path);
    throwIfUsed(identity, role, path);
    if (identity !== undefined) roleByIdentity.set(identity, role);
  }
}

/**
 * Returns an id that is the same for all names of a file. For a missing file, it is the absolute path. `undefined` for a device or
 * a pipe, which the input and an output may share.
 */
function identify(path: string): string | undefined {
  const stats = readStats(path === '-' ? 0 : path);
  if (stats === undefined) return resolve(path);
  if (stats.isDirectory()) throw new InputError(`${path} is a folder. Name a file.`);
  return identifyFile(stats);
}

const identifyFile = (stats: BigIntStats | undefined): string | undefined =>
  stats?.isFile() ? `${stats.dev} ${stats.ino}` : undefined;

/** Returns `undefined` for a file that does not exist or is not accessible. Opening it reports the reason. */
function readStats(file: string | number): BigIntStats | undefined {
  try {
    return typeof file === 'number' ? fstatSync(file, { bigint: true }) : statSync(file, { bigint: true });
  } catch {
    return undefined;
  }
}
