import { InputError } from '../errors.js';
import { ByteWindow } from './byte-window.js';
import { type CsvSyntax, detectCsvSyntax } from './csv-syntax.js';
import { describeInvalidUtf8 } from './encoding.js';
import { CARRIAGE_RETURN, LINE_FEED } from './lines.js';

/** A record with more cells is invalid. Spreadsheets have at most this many columns. */
const MAX_CELLS = 16_384;
/** Limits the memory for an open quote. If it is still open after this many bytes, it counts as unclosed. */
const MAX_RECORD_BYTES = 64 * 1024 * 1024;

const MAX_HEADER_BYTES = 1024 * 1024;
const NO_HEADER =
  'The first MiB of the file contains no complete line. The first row must contain the column names.';

const QUOTE = 0x22;

const UNCLOSED_QUOTE = 'has an unclosed quote';
const MISPLACED_QUOTE = 'has a misplaced quote';

/** One record of a CSV file. */
export interface CsvRecord {
  /** The bytes in the file, without the line ending. */
  readonly raw: Buffer;
  /** Number of bytes up to the end of the record. */
  readonly endOffset: number;
  /** The text of each cell, or why the record is invalid. */
  readonly content: readonly string[] | { readonly reason: string };
}

/**
 * Reads the records of a CSV file (RFC 4180). A record continues on the next line while a quote is open.
 *
 * If the quotes of a record are broken, its first line is invalid, and the next line starts a new record. So a stray quote
 * affects one row, not the rest of the file. Each byte is read at most three times: if a quote stays open up to the end, each later
 * line has an even number of quotes, so each of these lines is a complete record when it is read again.
 *
 * @param prefersTabs Whether the tab is the delimiter if the first line has no delimiter.
 * @throws {InputError} if a line is longer than 64 MiB, or the first MiB contains no complete line.
 */
export async function* readCsvRecords(
  chunks: AsyncIterable<Buffer>,
  prefersTabs: boolean,
): AsyncGenerator<CsvRecord> {
  const window = new ByteWindow();
  let scanner: RecordScanner | undefined;
  for await (const chunk of chunks) {
    window.append(chunk);
    if (!scanner) {
      const syntax = detectCsvSyntax(window.unread(), prefersTabs, false);
      if (syntax) scanner = new RecordScanner(window, syntax);
      else if (window.unread().length > MAX_HEADER_BYTES) throw new InputError(NO_HEADER);
    }
    if (scanner) yield* scanner.scan(false);
  }
  scanner ??= new RecordScanner(window, detectCsvSyntax(window.unread(), prefersTabs, true));
  yield* scanner.scan(true);
}

const lineTooLong = (record: number) =>
  new InputError(`A line of row ${record} is longer than 64 MiB. Check the format of the file.`);

/**
 * Where the scanner is in a cell. `afterQuote` follows a quote in a quoted cell: the end of the cell, or the first half of an
 * escaped quote. `afterReturn` follows `afterQuote` and a carriage return. `broken` follows a misplaced quote.
 */
type State = 'start' | 'unquoted' | 'quoted' | 'afterQuote' | 'afterReturn' | 'broken';

/** Finds the records in a window of bytes. All positions are relative to the start of the window. */
class RecordScanner {
  readonly #window: ByteWindow;
  readonly #syntax: CsvSyntax;
  #state: State = 'start';
  #position: number;
  /** Start of the first cell: after the line `sep=;` in the first record. */
  #contentStart: number;
  #cellEnds: number[] = [];
  #cellCount = 0;
  /** End of the first line, if the record has more than one. */
  #firstLineEnd: number | undefined;
  #recordCount = 0;

  constructor(window: ByteWindow, syntax: CsvSyntax) {
    this.#window = window;
    this.#syntax = syntax;
    this.#contentStart = this.#position = syntax.separatorLineBytes;
  }

  /** Yields the records that are complete. At the end of the file, also yields the rest. */
  *scan(isEnd: boolean): Generator<CsvRecord> {
    for (;;) {
      const end = this.#findRecordEnd();
      const isTooLong = this.#position > MAX_RECORD_BYTES;
      const isUnclosed = this.#state === 'quoted' && (isEnd || isTooLong);
      if (end !== undefined) yield this.#takeRecord(end);
      else if (this.#firstLineEnd !== undefined && (isUnclosed || this.#state === 'broken'))
        yield this.#takeInvalidLine(this.#firstLineEnd, UNCLOSED_QUOTE);
      else if (isEnd && this.#position > 0)
        yield isUnclosed
          ? this.#takeInvalidLine(this.#position, UNCLOSED_QUOTE)
          : this.#takeRecord(this.#position);
      else if (isTooLong) throw lineTooLong(this.#recordCount + 1);
      else return;
    }
  }

  /** Scans to the end of the record. Returns `undefined` if the end is not in the window, or a quote on a later line is broken. */
  #findRecordEnd(): number | undefined {
    const { delimiter, endsWithReturn } = this.#syntax;
    const bytes = this.#window.unread();
    let state = this.#state;
    let position = this.#position;
    let end: number | undefined;
    for (; position < bytes.length; position++) {
      const byte = bytes[position];
      const isLineEnd = byte === LINE_FEED || (endsWithReturn && byte === CARRIAGE_RETURN);
      if (state === 'quoted') {
        if (byte === QUOTE) state = 'afterQuote';
        else if (isLineEnd) this.#firstLineEnd ??= position;
      } else if (isLineEnd) {
        end = position;
        break;
      } else if (state !== 'broken') {
        state = nextState(state, byte, delimiter);
        if (state === 'start') this.#endCell(position);
        else if (state === 'broken' && this.#firstLineEnd !== undefined) break;
      }
    }
    this.#state = state;
    this.#position = position;
    return end;
  }

  #endCell(end: number): void {
    this.#cellCount += 1;
    if (this.#cellCount <= MAX_CELLS) this.#cellEnds.push(end);
  }

  #takeRecord(end: number): CsvRecord {
    const contentEnd = Math.max(this.#contentStart, this.#endBeforeReturn(end));
    this.#endCell(contentEnd);
    const raw = this.#copy(contentEnd);
    return this.#take(end, raw, this.#parse(raw));
  }

  #takeInvalidLine(end: number, reason: string): CsvRecord {
    return this.#take(end, this.#copy(this.#endBeforeReturn(end)), { reason });
  }

  /** Removes a record and its line ending from the window. */
  #take(end: number, raw: Buffer, content: CsvRecord['content']): CsvRecord {
    this.#window.skip(Math.min(end + 1, this.#window.unread().length));
    this.#state = 'start';
    this.#position = this.#contentStart = this.#cellCount = 0;
    this.#cellEnds = [];
    this.#firstLineEnd = undefined;
    this.#recordCount += 1;
    return { raw, endOffset: this.#window.offset, content };
  }

  #endBeforeReturn(end: number): number {
    return this.#window.unread()[end - 1] === CARRIAGE_RETURN ? end - 1 : end;
  }

  /** Copies the start of the window, because the window reuses its memory. */
  #copy(end: number): Buffer {
    return Buffer.from(this.#window.unread().subarray(0, end));
  }

  #parse(raw: Buffer): CsvRecord['content'] {
    if (this.#state === 'broken') return { reason: MISPLACED_QUOTE };
    const problem = describeInvalidUtf8(raw);
    if (problem !== undefined) return { reason: problem };
    if (this.#cellCount > MAX_CELLS) return { reason: `has more than ${MAX_CELLS} cells` };
    let start = this.#contentStart;
    return this.#cellEnds.map((end) => {
      const cell = parseCsvCell(raw, start, end);
      start = end + 1;
      return cell;
    });
  }
}

/** Returns the state after a byte that is outside quotes and does not end the line. */
function nextState(state: State, byte: number | undefined, delimiter: number): State {
  if (byte === delimiter && state !== 'afterReturn') return 'start';
  if (byte === QUOTE) return state === 'start' || state === 'afterQuote' ? 'quoted' : 'broken';
  if (state === 'afterQuote') return byte === CARRIAGE_RETURN ? 'afterReturn' : 'broken';
  return state === 'afterReturn' ? 'broken' : 'unquoted';
}

function parseCsvCell(raw: Buffer, start: number, end: number): string {
  if (raw[start] !== QUOTE) return raw.toString('utf8', start, end);
  return raw.toString('utf8', start + 1, end - 1).replaceAll('""', '"');
}
