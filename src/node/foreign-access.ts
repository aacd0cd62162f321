import type { Stats } from 'node:fs';

/** Returns who else has access to a file: its owner, if that is another user, or users with these permissions. */
export function findForeignAccess({ uid, mode }: Stats, permissions: number): 'owner' | 'users' | undefined {
  if (process.platform === 'win32') return undefined;
  if (uid !== process.geteuid?.()) return 'owner';
  return (mode & permissions) !== 0 ? 'users' : undefined;
}
