/**
 * Error of `fileTokenStore`. The store neither used nor changed the file. The message names the file and says how to fix
 * the problem.
 *
 * `code` is one of:
 * - `corrupted`: the file contains something other than tokens.
 * - `unsafe`: the file is not a regular file, or other users can read or replace it.
 * - `locked`: another process held the lock for too long, or took over the lock.
 */
export class TokenStoreError extends Error {
  /** Name of the class. */
  override readonly name = 'TokenStoreError';
  /** The reason, for `switch` statements. */
  readonly code: 'corrupted' | 'unsafe' | 'locked';
  /** The file. */
  readonly path: string;

  /** @param problem Completes the sentence "The file <path> ...", without the period. */
  constructor(code: TokenStoreError['code'], path: string, problem: string) {
    super(`The file ${path} ${problem}.`);
    this.code = code;
    this.path = path;
  }
}

/** Whether a system call failed with one of these codes. */
export const hasErrorCode = (error: unknown, ...codes: string[]): boolean =>
  codes.includes(String((error as { code?: unknown } | null)?.code));
