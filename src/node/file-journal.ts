import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Journal, JournalEntry } from '../collections/index.js';
import { type Lock, lock } from './lock.js';

/** How a {@link fileJournal} keeps what it is given. */
export interface FileJournalOptions {
  /**
   * Have the disk itself confirm every write. `false`: what was written outlasts the end of the process, however it ends, and is
   * lost only when the machine stops at once, by a power cut for example. `true`: it outlasts that as well, for one flush
   * of the disk per group of entries. @default false
   */
  readonly sync?: boolean;
}

/**
 * A journal in a file, for runs of `persona-client/collections`: one line of JSON per entry, only ever added to. Made if it is not there,
 * for its owner alone. It holds places, digests and ids, no data of personas. A last line that was cut off is dropped.
 * While a run has it, `<path>.lock` keeps other processes out; remove both when the run is complete.
 *
 * @example
 * ```ts
 * const run = createMany(client, rows, { journal: fileJournal('import.journal') });
 * ```
 */
export function fileJournal(path: string, { sync = false }: FileJournalOptions = {}): Journal {
  let own: { readonly file: FileHandle; readonly lock: Lock } | undefined;

  async function* entries(file: FileHandle): AsyncGenerator<JournalEntry> {
    let rest = '';
    let whole = 0;
    for await (const chunk of file.createReadStream({ start: 0, autoClose: false, encoding: 'latin1' })) {
      const lines = `${rest}${chunk}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        whole += line.length + 1;
        yield entryOf(line, path);
      }
    }
    if (rest !== '') await file.truncate(whole); // it was being written when the process ended
  }

  return {
    open: async () => {
      const held = lock(`${path}.lock`);
      if (!held) throw new Error(`The journal ${path} is in use by another run.`);
      let file: FileHandle | undefined;
      try {
        file = await open(path, 'a+', 0o600);
        if (sync) await syncFolder(path);
      } catch (error) {
        await file?.close();
        held.release();
        throw error;
      }
      own = { file, lock: held };
      return entries(file);
    },
    append: async (added) => {
      if (!own) throw new Error(`The journal ${path} is not open.`);
      await own.file.appendFile(added.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
      if (sync) await own.file.datasync();
    },
    close: async () => {
      await own?.file.close();
      own?.lock.release();
      own = undefined;
    },
  };
}

function entryOf(line: string, path: string): JournalEntry {
  try {
    const entry: unknown = JSON.parse(line);
    if (typeof entry === 'object' && entry !== null && 'type' in entry) return entry as JournalEntry;
  } catch {}
  throw new Error(
    `${path} is not a journal, or was damaged: it cannot be known what was done. Nothing was sent.`,
  );
}

/** That the file is there is written in its folder. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(dirname(path));
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
