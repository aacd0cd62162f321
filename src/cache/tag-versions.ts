import type { TagVersions } from './types.js';

/** Whether all old versions are still current. */
export const areVersionsUnchanged = (
  oldVersions: TagVersions | undefined,
  currentVersions: TagVersions | undefined,
): boolean =>
  oldVersions === undefined || currentVersions === undefined
    ? oldVersions === currentVersions
    : Object.entries(oldVersions).every(([tag, version]) => currentVersions[tag] === version);
