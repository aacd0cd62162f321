/**
 * Why a token file was not used:
 * - `corrupted`: it holds something other than what was written there;
 * - `unsafe`: it is not a file of this user's that nobody else can read;
 * - `locked`: another process held its lock for too long.
 *
 * Nothing was changed then. The message names the file and what to do.
 */
export class TokenStoreError extends Error {
  override readonly name = 'TokenStoreError';
  readonly code: 'corrupted' | 'unsafe' | 'locked';
  readonly path: string;

  constructor(code: TokenStoreError['code'], path: string, what: string) {
    super(`The token file ${path} ${what}.`);
    this.code = code;
    this.path = path;
  }
}

/** Whether a call of the system failed for this reason. */
export const failedWith = (error: unknown, ...codes: string[]): boolean =>
  codes.includes(String((error as { code?: unknown } | null)?.code));
