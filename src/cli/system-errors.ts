import { getSystemErrorMessage } from 'node:util';

/** Returns whether an error is a system error with this code, such as `ENOENT`. */
export const isSystemError = (error: unknown, code: string): boolean =>
  error instanceof Error && (error as NodeJS.ErrnoException).code === code;

/**
 * Turns a system error into an error that names the file and the reason. Returns other errors unchanged.
 *
 * @param advice ends the message.
 */
export const toWriteError = (path: string, error: unknown, advice = ''): unknown =>
  toFileError('write', path, error, advice);

/** Like {@link toWriteError}, for a file that cannot be read. */
export const toReadError = (path: string, error: unknown): unknown => toFileError('read', path, error);

function toFileError(verb: 'read' | 'write', path: string, error: unknown, advice = ''): unknown {
  if (!(error instanceof Error)) return error;
  const { syscall, errno } = error as NodeJS.ErrnoException;
  if (syscall === undefined || errno === undefined) return error;
  return new Error(`Cannot ${verb} ${path}: ${getSystemErrorMessage(errno)}.${advice}`, { cause: error });
}
