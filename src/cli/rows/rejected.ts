import { type FileHandle, open } from 'node:fs/promises';
import type { Format, Row, RowSource } from './types.js';

/** Rejected rows, as they stood in the file, for whoever mends them and imports them again. Made with the first one. */
export class RejectedRows {
  readonly path: string;
  readonly #source: Pick<RowSource, 'head'>;
  #file: FileHandle | undefined;

  constructor(path: string, source: Pick<RowSource, 'head'>) {
    this.path = path;
    this.#source = source;
  }

  get any(): boolean {
    return this.#file !== undefined;
  }

  async add({ raw }: Row): Promise<void> {
    if (!this.#file) {
      this.#file = await open(this.path, 'w', 0o600);
      const head = this.#source.head();
      if (head) await this.#file.appendFile(Buffer.concat([head, Buffer.from('\n')]));
    }
    await this.#file.appendFile(Buffer.concat([raw, Buffer.from('\n')]));
  }

  async close(): Promise<void> {
    await this.#file?.close();
  }
}

/** `people.csv` gives `people.rejected.csv`; of a JSON file, one row a line. */
export function rejectedPath(path: string, format: Format): string {
  const stem = path === '-' ? 'stdin' : path.replace(/\.\w+$/, '');
  return `${stem}.rejected.${format === 'json' ? 'ndjson' : format}`;
}
