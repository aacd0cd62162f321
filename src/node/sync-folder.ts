import { open } from 'node:fs/promises';

/** Flushes a folder to the disk, so that a new or renamed file in the folder survives a power failure. No-op on Windows. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
