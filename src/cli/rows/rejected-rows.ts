import { type FileHandle, open } from 'node:fs/promises';
import type { Format, Row, RowSource } from './types.js';

/** A file of rejected rows, which the user can fix and import again. `add` creates the file. */
export class RejectedRowsFile {
  readonly path: string;
  readonly #source: Pick<RowSource, 'header'>;
  #file: FileHandle | undefined;

  constructor(path: string, source: Pick<RowSource, 'header'>) {
    this.path = path;
    this.#source = source;
  }

  get isCreated(): boolean {
    return this.#file !== undefined;
  }

  async add({ raw }: Row): Promise<void> {
    if (!this.#file) {
      this.#file = await open(this.path, 'w', 0o600);
      const header = this.#source.header();
      if (header) await this.#file.appendFile(Buffer.concat([header, Buffer.from('\n')]));
    }
    await this.#file.appendFile(Buffer.concat([raw, Buffer.from('\n')]));
  }

  async close(): Promise<void> {
    await this.#file?.close();
  }
}

/** Returns `people.rejected.csv` for `people.csv`. The format of the rejected rows of a JSON file is NDJSON. */
export function defaultRejectedPath(path: string, format: Format): string {
  const stem = path === '-' ? 'stdin' : path.replace(/\.\w+$/, '');
  return `${stem}.rejected.${format === 'json' ? 'ndjson' : format}`;
}
