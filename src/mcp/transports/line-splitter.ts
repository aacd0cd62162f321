import { EnvelopeScanner, type MessageEnvelope } from './envelope-scanner.js';

const LINE_FEED = 0x0a;

/** Receives the lines of a stream. */
export interface LineHandlers {
  readonly onLine: (line: string) => void;
  /** Called at the end of a line that is larger than the limit, with what is known of its message. */
  readonly onLargeLine: (envelope: MessageEnvelope) => void;
}

/** Splits a stream of bytes into lines. Discards lines that are larger than a limit as they arrive. */
export class LineSplitter {
  readonly #maxBytes: number;
  readonly #handlers: LineHandlers;
  #chunks: Buffer[] = [];
  #size = 0;
  /** Set while the current line is larger than the limit. */
  #scanner: EnvelopeScanner | undefined;

  /** @param maxBytes The size of the largest line, without its line feed. */
  constructor(maxBytes: number, handlers: LineHandlers) {
    this.#maxBytes = maxBytes;
    this.#handlers = handlers;
  }

  write(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      this.#append(chunk.subarray(start, end));
      this.#endLine();
      start = end + 1;
    }
    this.#append(chunk.subarray(start));
  }

  /** Ends the last line, which may lack a line feed. */
  end(): void {
    if (this.#size > 0) this.#endLine();
  }

  #append(bytes: Buffer): void {
    this.#size += bytes.length;
    this.#chunks.push(bytes);
    if (this.#size <= this.#maxBytes) return;
    this.#scanner ??= new EnvelopeScanner();
    for (const kept of this.#chunks) this.#scanner.write(kept);
    this.#chunks = [];
  }

  #endLine(): void {
    const [chunks, scanner] = [this.#chunks, this.#scanner];
    this.#chunks = [];
    this.#size = 0;
    this.#scanner = undefined;
    if (scanner) this.#handlers.onLargeLine(scanner.envelope);
    else this.#handlers.onLine(Buffer.concat(chunks).toString('utf8'));
  }
}
