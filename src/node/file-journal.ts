import { lstatSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Journal, JournalEntry } from '../collections/index.js';
import { assertOnlyOption } from '../core/assert-options.js';
import { findForeignAccess } from './foreign-access.js';
import { acquireFileLock, type FileLock } from './sqlite-lock.js';
import { syncFolder } from './sync-folder.js';

/** Options of {@link fileJournal}. */
export interface FileJournalOptions {
  /**
   * Whether to flush each group of entries to the disk. Otherwise, entries survive a crash of the process, but a power
   * failure may lose them. @default false
   */
  readonly sync?: boolean;
}

/**
 * Creates a journal in a file, for runs of `persona-client/collections`. The file is append-only, with one line of JSON
 * per entry.
 *
 * If the file does not exist, the journal creates it, and only its owner can read it. The file contains positions,
 * digests and ids, and no data of personas. The journal discards an incomplete last line. While a run uses the journal,
 * it locks `<path>.lock`, and other runs fail. Delete both files when the run is complete.
 *
 * The run rejects with an `Error` if:
 *
 * - another run uses the journal
 * - the file is not a valid journal, or other users can change it
 * - one of the two files is a link, or belongs to another user
 * - the lock is not an empty file, or cannot be created
 *
 * @throws {TypeError} For an unknown option, or an empty path.
 * @example
 * ```ts
 * const run = createMany(client, rows, { journal: fileJournal('import.journal') });
 * ```
 */
export function fileJournal(path: string, options: FileJournalOptions = {}): Journal {
  if (typeof path !== 'string' || path.trim() === '' || path.includes('\0'))
    throw new TypeError('fileJournal: path must be the path of a file');
  assertOnlyOption('fileJournal', options, 'sync');
  const { sync = false } = options;
  let resources: { readonly file: FileHandle; readonly lock: FileLock } | undefined;

  async function* readEntries(file: FileHandle): AsyncGenerator<JournalEntry> {
    let partialLine = '';
    let completeBytes = 0;
    // latin1: one character per byte
    for await (const chunk of file.createReadStream({ start: 0, autoClose: false, encoding: 'latin1' })) {
      const lines = `${partialLine}${chunk}`.split('\n');
      partialLine = lines.pop() ?? '';
      for (const line of lines) {
        completeBytes += line.length + 1;
        yield parseEntry(line, path);
      }
    }
    if (partialLine === '') return;
    if (completeBytes === 0 && !START.startsWith(partialLine.slice(0, START.length)))
      throw invalidJournal(path);
    await file.truncate(completeBytes); // the process ended while it wrote this line
  }

  return {
    open: async () => {
      for (const name of [path, `${path}.lock`]) {
        // A run that names the target of the link would use another lock.
        const stats = lstatSync(name, { throwIfNoEntry: false });
        if (stats?.isSymbolicLink())
          throw new Error(`${name} is a link. Nothing was sent. Name the file itself.`);
        if (stats && !stats.isFile())
          throw new Error(`${name} is not a regular file. Nothing was sent. Name another file.`);
        // Other users must not be able to write the journal: forged entries would make the run skip rows. They may write the lock,
        // which has no such risk, and which SQLite creates with the permissions of the umask.
        const foreignAccess = stats && findForeignAccess(stats, name === path ? 0o022 : 0);
        if (foreignAccess === 'owner')
          throw new Error(`${name} belongs to another user. Nothing was sent. Use another path.`);
        if (foreignAccess === 'users')
          throw new Error(`Other users can change ${name}. Nothing was sent. Run chmod 600 on it.`);
      }
      const lock = acquireFileLock(`${path}.lock`);
      if (!lock) throw new Error(`The journal ${path} is in use by another run. Nothing was sent.`);
      let file: FileHandle | undefined;
      try {
        file = await open(path, 'a+', 0o600);
        if (sync) await syncFolder(dirname(path));
      } catch (error) {
        await file?.close();
        lock.release();
        throw error;
      }
      resources = { file, lock };
      return readEntries(file);
    },
    append: async (entries) => {
      if (!resources) throw new Error(`The journal ${path} is not open.`);
      await resources.file.appendFile(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
      if (sync) await resources.file.datasync();
    },
    close: async () => {
      await resources?.file.close();
      resources?.lock.release();
      resources = undefined;
    },
  };
}

/** How every journal starts. */
const START = '{"type":"start","version":1,';

function parseEntry(line: string, path: string): JournalEntry {
  try {
    const entry: unknown = JSON.parse(line);
    if (typeof entry === 'object' && entry !== null && 'type' in entry) return entry as JournalEntry;
  } catch {}
  throw invalidJournal(path);
}

const invalidJournal = (path: string) =>
  new Error(
    `${path} is not a journal or is damaged, so the client cannot tell which items were applied. Nothing was sent.`,
  );
