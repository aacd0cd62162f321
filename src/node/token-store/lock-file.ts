import { randomUUID } from 'node:crypto';
import { link, rm, stat, utimes } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { failedWith, TokenStoreError } from './error.js';
import { hasEnded, type Owner, thisProcess } from './owner.js';
import { readPrivate, writeAside } from './private-file.js';

interface Lock extends Owner {
  /** One taking of the lock: the same process may take it again. */
  readonly id: string;
}

/** What a machine that lost its power may leave of a lock. While it runs, a lock is there with all that is in it. */
const CUT_OFF: Lock = { id: '', pid: 0, began: '', place: '' };

/** How often a holder shows that it lives, to those who cannot see its process, and how long they take its word for. */
const SIGN_MS = 10_000;
const SILENCE_MS = 60_000;

/**
 * Runs `work` while no other process, on this path, does. The lock is a file with its holder's process in it; where that
 * process has ended, even by `kill -9`, the next one takes over.
 *
 * @param isHeld asks whether it still is: a process of another container that shows no life for a minute loses it.
 * @throws {TokenStoreError} `locked` when it could not be had within `waitMs`.
 */
export async function withLock<T>(
  path: string,
  waitMs: number,
  work: (isHeld: () => Promise<boolean>) => Promise<T>,
): Promise<T> {
  const id = await take(path, performance.now() + waitMs);
  const isHeld = () =>
    holderOf(path).then(
      (holder) => holder?.id === id,
      () => false,
    );
  const signs = setInterval(() => {
    utimes(path, new Date(), new Date()).catch(() => {});
  }, SIGN_MS).unref();
  try {
    return await work(isHeld);
  } finally {
    clearInterval(signs);
    if (await isHeld()) await rm(path, { force: true });
  }
}

async function take(path: string, until: number): Promise<string> {
  for (;;) {
    const holder = await holderOf(path);
    if (!holder) {
      const id = await create(path);
      if (id !== undefined) return id;
    } else if (await isAbandoned(path, holder)) {
      await remove(path, holder, until);
      continue;
    }
    if (performance.now() >= until)
      throw new TokenStoreError(
        'locked',
        path,
        `is the lock of process ${holder?.pid ?? 'unknown'}, which did not let go of it in time. If that process is none of yours, remove the file`,
      );
    await sleep(5 + Math.random() * 20);
  }
}

/** A link appears with all that is in the file, or not at all; where something is already, it fails. */
async function create(path: string): Promise<string | undefined> {
  const lock: Lock = { id: randomUUID(), ...(await thisProcess()) };
  const file = await writeAside(path, JSON.stringify(lock));
  try {
    await link(file, path);
    return lock.id;
  } catch (error) {
    if (failedWith(error, 'EEXIST')) return undefined;
    throw error;
  } finally {
    await rm(file, { force: true });
  }
}

/** Only one may remove what was left behind, or he would remove the lock of whoever was faster: that takes a lock, too. */
async function remove(path: string, abandoned: Lock, until: number): Promise<void> {
  await withLock(`${path}.next`, Math.max(0, until - performance.now()), async () => {
    if ((await holderOf(path))?.id !== abandoned.id) return;
    await rm(path, { force: true });
  });
}

async function isAbandoned(path: string, holder: Lock): Promise<boolean> {
  if (holder === CUT_OFF) return true;
  const ended = await hasEnded(holder);
  if (ended !== undefined) return ended;
  const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }));
  return Date.now() - mtimeMs > SILENCE_MS;
}

async function holderOf(path: string): Promise<Lock | undefined> {
  const text = await readPrivate(path);
  if (text === undefined) return undefined;
  if (/^\0*$/.test(text)) return CUT_OFF;
  try {
    const { id, pid, began, place } = JSON.parse(text);
    if (Number.isInteger(pid) && pid > 0)
      return { id: String(id), pid, began: String(began), place: String(place) };
  } catch {}
  throw new TokenStoreError('corrupted', path, 'should be a lock and is not: remove it');
}
