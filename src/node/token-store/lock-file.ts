import { randomUUID } from 'node:crypto';
import { link, rm, stat, utimes } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { hasErrorCode, TokenStoreError } from './error.js';
import { readPrivateFile, writeTemporaryFile } from './private-file.js';
import { currentProcess, hasExited, type ProcessIdentity } from './process-identity.js';

/** The content of a lock file. */
interface LockHolder extends ProcessIdentity {
  /** Identifies one acquisition, because a process may acquire the lock again. */
  readonly id: string;
}

/** The holder of an empty or zero-filled lock file, which only a power failure can cause. */
const UNKNOWN_HOLDER: LockHolder = { id: '', pid: 0, startTime: '', pidScope: '' };

/** How often a holder touches its lock file, for processes that have no other way to know whether the holder runs. */
const HEARTBEAT_MS = 10_000;
const HEARTBEAT_TIMEOUT_MS = 60_000;

/**
 * Runs `work` under an exclusive lock, which is a file that identifies its holder.
 *
 * If the holder has exited, even by `kill -9`, the next process takes over the lock immediately. A process that cannot find out
 * whether the holder has exited takes over the lock after one minute without a heartbeat. It cannot find out in another
 * container, and on macOS and Windows while any process has the holder's pid.
 *
 * @param work Receives a function that returns whether this process still holds the lock.
 * @throws {TokenStoreError} `locked` if the lock is not free within `timeoutMs`.
 */
export async function withLock<T>(
  path: string,
  timeoutMs: number,
  work: (isHeld: () => Promise<boolean>) => Promise<T>,
): Promise<T> {
  const id = await acquire(path, performance.now() + timeoutMs);
  const isHeld = () =>
    readHolder(path).then(
      (holder) => holder?.id === id,
      () => false,
    );
  const heartbeat = setInterval(() => {
    utimes(path, new Date(), new Date()).catch(() => {});
  }, HEARTBEAT_MS).unref();
  try {
    return await work(isHeld);
  } finally {
    clearInterval(heartbeat);
    if (await isHeld()) await rm(path, { force: true });
  }
}

/**
 * Acquires the lock. Returns the id of this acquisition.
 *
 * @param deadline A time of `performance.now()`, in milliseconds.
 */
async function acquire(path: string, deadline: number): Promise<string> {
  for (;;) {
    const holder = await readHolder(path);
    if (!holder) {
      const id = await tryCreate(path);
      if (id !== undefined) return id;
    } else if (await isStale(path, holder)) {
      await removeStale(path, holder, deadline);
      continue;
    }
    if (performance.now() >= deadline)
      throw new TokenStoreError(
        'locked',
        path,
        `is a lock file that process ${holder?.pid ?? 'unknown'} did not release in time. If that process does not use the token store, delete the lock file`,
      );
    await delay(5 + Math.random() * 20);
  }
}

/**
 * Creates the lock file, and returns the id of the holder. Returns `undefined` if the file exists.
 *
 * Uses a hard link, which creates the file with its full content in one step.
 */
async function tryCreate(path: string): Promise<string | undefined> {
  const holder: LockHolder = { id: randomUUID(), ...(await currentProcess()) };
  const temporaryPath = await writeTemporaryFile(path, JSON.stringify(holder));
  try {
    await link(temporaryPath, path);
    return holder.id;
  } catch (error) {
    if (hasErrorCode(error, 'EEXIST')) return undefined;
    throw error;
  } finally {
    await rm(temporaryPath, { force: true });
  }
}

/** Removes a stale lock. Runs under a second lock, because two processes could otherwise remove a new lock. */
async function removeStale(path: string, staleHolder: LockHolder, deadline: number): Promise<void> {
  await withLock(`${path}.next`, Math.max(0, deadline - performance.now()), async () => {
    if ((await readHolder(path))?.id !== staleHolder.id) return;
    await rm(path, { force: true });
  });
}

async function isStale(path: string, holder: LockHolder): Promise<boolean> {
  if (holder === UNKNOWN_HOLDER) return true;
  const holderExited = await hasExited(holder);
  if (holderExited !== undefined) return holderExited;
  const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }));
  return Date.now() - mtimeMs > HEARTBEAT_TIMEOUT_MS;
}

async function readHolder(path: string): Promise<LockHolder | undefined> {
  const text = await readPrivateFile(path);
  if (text === undefined) return undefined;
  if (/^\0*$/.test(text)) return UNKNOWN_HOLDER;
  try {
    const { id, pid, startTime, pidScope } = JSON.parse(text);
    if (Number.isInteger(pid) && pid > 0)
      return { id: String(id), pid, startTime: String(startTime), pidScope: String(pidScope) };
  } catch {}
  throw new TokenStoreError('corrupted', path, 'is not a valid lock file. Delete it');
}
