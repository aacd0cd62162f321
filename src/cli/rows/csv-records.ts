import { parse } from 'csv-parse/sync';
import { decodeUtf8 } from './encoding.js';
import { type Line, stripCarriageReturn } from './lines.js';
import { MAX_FIELD_BYTES } from './types.js';

const QUOTE = 0x22;
const MAX_RECORD_BYTES = 2 * MAX_FIELD_BYTES + 65_536;
const UNCLOSED_QUOTE = 'has an unclosed quote';

/** One record of a CSV file. A record without cells is invalid. */
export interface CsvRecord {
  readonly raw: Buffer;
  readonly cells?: readonly string[];
  readonly reason?: string;
}

/**
 * Joins lines into records. A record continues on the next line while a quote is open.
 *
 * If the joined lines are not a valid record, only the first line is invalid. The next line starts a new record, so a
 * stray quote affects one row, not the rest of the file.
 */
export async function* joinRecords(
  lines: AsyncIterable<Line>,
  parseCells: (text: string) => readonly string[] | undefined,
): AsyncGenerator<CsvRecord> {
  let openLines: Buffer[] = [];
  let sizeBytes = 0;
  let quoteCount = 0;
  const takeLines = (): Buffer[] => {
    const takenLines = openLines;
    [openLines, sizeBytes, quoteCount] = [[], 0, 0];
    return takenLines;
  };
  const addLine = function* (line: Buffer): Generator<CsvRecord> {
    const queue = [line];
    for (let bytes = queue.shift(); bytes; bytes = queue.shift()) {
      openLines.push(bytes);
      sizeBytes += bytes.length + 1;
      quoteCount += countQuotes(bytes);
      const isQuoteOpen = quoteCount % 2 === 1;
      if (isQuoteOpen && sizeBytes <= MAX_RECORD_BYTES) continue;
      const recordLines = takeLines();
      const record = isQuoteOpen
        ? { raw: Buffer.concat(recordLines), reason: UNCLOSED_QUOTE }
        : parseRecord(recordLines, parseCells);
      if (record.cells || recordLines.length === 1) yield record;
      else {
        const [first = bytes, ...rest] = recordLines;
        yield { raw: stripCarriageReturn(first), reason: UNCLOSED_QUOTE };
        queue.unshift(...rest);
      }
    }
  };
  for await (const { bytes } of lines) yield* addLine(bytes);
  while (openLines.length > 0) {
    const [first = Buffer.alloc(0), ...rest] = takeLines();
    yield { raw: stripCarriageReturn(first), reason: UNCLOSED_QUOTE };
    for (const bytes of rest) yield* addLine(bytes);
  }
}

function parseRecord(
  lines: readonly Buffer[],
  parseCells: (text: string) => readonly string[] | undefined,
): CsvRecord {
  const joined = lines.map((line) => line.toString('latin1')).join('\n'); // latin1 preserves every byte
  const raw = stripCarriageReturn(Buffer.from(joined, 'latin1'));
  const decoded = decodeUtf8(raw);
  if ('reason' in decoded) return { raw, reason: decoded.reason };
  const cells = parseCells(decoded.text);
  return cells ? { raw, cells } : { raw };
}

function countQuotes(bytes: Buffer): number {
  let count = 0;
  for (let index = bytes.indexOf(QUOTE); index !== -1; index = bytes.indexOf(QUOTE, index + 1)) count += 1;
  return count;
}

/** Splits a record into cells. Returns `undefined` if a quote is misplaced. */
export function splitCells(text: string, delimiter: string): readonly string[] | undefined {
  if (text === '') return [''];
  try {
    // U+0000 as the record delimiter: the text is one record, so a line break belongs to a cell.
    const records = parse(text, { delimiter, relax_column_count: true, record_delimiter: ['\u0000'] });
    return records.length === 1 ? records[0] : undefined;
  } catch {
    return undefined;
  }
}

/** Detects the delimiter by the header. Spreadsheets write semicolons in some locales. */
export function detectDelimiter(header: string): string {
  const counts = [',', ';', '\t'].map((delimiter) => [delimiter, header.split(delimiter).length] as const);
  return counts.reduce((best, candidate) => (candidate[1] > best[1] ? candidate : best))[0];
}
